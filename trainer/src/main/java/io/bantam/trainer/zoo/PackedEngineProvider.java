package io.bantam.trainer.zoo;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;

/** Tells DJL about the engine of {@code bantam} URLs. Made by DJL; never its default engine where there is another. */
public final class PackedEngineProvider implements EngineProvider {
    @Override
    public String getEngineName() {
        return PackedEngine.NAME;
    }

    @Override
    public int getEngineRank() {
        return PackedEngine.RANK;
    }

    @Override
    public Engine getEngine() {
        return PackedEngine.INSTANCE;
    }
}
