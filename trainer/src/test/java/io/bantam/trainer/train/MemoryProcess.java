package io.bantam.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TinyGpt2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Distillation steps, updates and evaluations, with the resident memory (kB) printed after every 50. */
final class MemoryProcess {
    private MemoryProcess() {}

    /** {@code STEPS}. */
    public static void main(String[] arguments) throws IOException {
        DecoderConfig config = TinyGpt2.config(512, 32, 64, 2, 4);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                Operations operations = Operations.load(Device.cpu());
                Decoder teacher =
                        new Decoder(operations, DecoderParameters.random(manager, config, 1), Precision.FLOAT32);
                Decoder student =
                        new Decoder(operations, DecoderParameters.random(manager, config, 2), Precision.FLOAT32);
                AdamW optimizer = new AdamW(operations, student.parameters(), 0.01, 1)) {
            DistillationLoss loss = new DistillationLoss(1, 0, 1, 1, 1, 1, Map.of(0, 0, 2, 2), Map.of(1, 1));
            DistillationStep step =
                    new DistillationStep(student, Optional.of(teacher), loss, false, new DataParallel(2));
            List<String> linears =
                    WeightQuantization.select(student.parameters().names(), WeightQuantization.GPT2_LINEARS, List.of());
            FakeQuantization quantization = new FakeQuantization(
                    WeightQuantization.none().with(linears, new BinaryQuantizer(Granularity.perRow())),
                    ActivationQuantization.dynamic(8, true));
            int steps = Integer.parseInt(arguments[0]);
            for (int i = 1; i <= steps; i++) {
                int[] ids = TinyGpt2.ids(i, 17, 512);
                try (NDManager scope = manager.newSubManager()) {
                    DistillationStep.Result result = step.run(scope, List.of(ids, ids), 1, quantization);
                    optimizer.update(scope, result.gradients(), 1e-4);
                }
                student.evaluate(ids, 1, quantization);
                if (i % 50 == 0) {
                    System.out.println(residentKilobytes());
                }
            }
        }
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
