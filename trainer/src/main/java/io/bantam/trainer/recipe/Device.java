package io.bantam.trainer.recipe;

/** Where training runs. */
public enum Device {
    /** The first GPU when the engine finds one, else the CPU. */
    AUTO,
    /** The CPU, also where there is a GPU. */
    CPU,
    /** A GPU; the run is refused where there is none. */
    GPU
}
