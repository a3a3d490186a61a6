package io.bantam.trainer.train;

import java.io.IOException;
import java.nio.file.Path;

/** A tiny training in a process of its own, which tests kill or measure. */
final class TrainingProcess {
    private TrainingProcess() {}

    /**
     * {@code FOLDER STEPS}: trains there, from the newest checkpoint on, and writes {@code FOLDER/final.safetensors}.
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        try (TinyTraining training = new TinyTraining()) {
            training.steps = Integer.parseInt(arguments[1]);
            training.checkpointEvery = 3;
            training.evaluateEvery = 5;
            training.progress = (step, total, loss, tokensPerSecond, phase) -> {
                System.out.println(step);
                System.out.flush();
            };
            training.run(folder, true);
            training.save(folder.resolve("final.safetensors"));
        }
    }
}
