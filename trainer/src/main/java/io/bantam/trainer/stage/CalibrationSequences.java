package io.bantam.trainer.stage;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.Ptq;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Function;

/** The token sequences that a post-training quantization looks at, all of one length. */
final class CalibrationSequences {
    private final RunData data;
    private final Function<String, int[]> encoder;
    private final int positions;
    private final int vocabulary;

    /**
     * @param encoder makes tokens of a text
     * @param positions that the model has
     * @param vocabulary words that the model has
     */
    CalibrationSequences(RunData data, Function<String, int[]> encoder, int positions, int vocabulary) {
        this.data = data;
        this.encoder = encoder;
        this.positions = positions;
        this.vocabulary = vocabulary;
    }

    /**
     * As many sequences as asked for, or all there are.
     *
     * @param more tokens beyond the model's positions, to predict
     * @throws BantamException if the text is too short for one sequence
     */
    List<int[]> of(Ptq.Calibration calibration, int more) throws IOException {
        List<int[]> code = data.calibration()
                .sequences(
                        calibration.samples(),
                        calibration.seed().map(OptionalLong::of).orElse(OptionalLong.empty()));
        int length = Math.min(code.getFirst().length - 1, positions) + more;
        Random random = new Random(calibration.seed().orElse(0));
        return switch (calibration.kind()) {
            case CODE -> code.stream().map(ids -> Arrays.copyOf(ids, length)).toList();
            case RANDOM ->
                code.stream()
                        .map(ids -> random.ints(length, 0, vocabulary).toArray())
                        .toList();
            case TEXT -> text(calibration, calibration.samples(), length);
            case MIXED -> {
                List<int[]> text = text(calibration, calibration.samples() / 2, length);
                List<int[]> mixed = new ArrayList<>();
                for (int i = 0; i < Math.max(code.size() - text.size(), text.size()); i++) {
                    if (i < code.size() - text.size()) {
                        mixed.add(Arrays.copyOf(code.get(i), length));
                    }
                    if (i < text.size()) {
                        mixed.add(text.get(i));
                    }
                }
                yield mixed;
            }
        };
    }

    /** Parts of a text that do not overlap, at equal distances or drawn by the seed. */
    private List<int[]> text(Ptq.Calibration calibration, int count, int length) throws IOException {
        Path file = calibration.path().orElseThrow();
        int[] ids = encoder.apply(Files.readString(file, StandardCharsets.UTF_8));
        int parts = ids.length / length;
        if (parts == 0) {
            throw new BantamException(file + ": " + ids.length
                    + " tokens are too few to calibrate with; a sequence has " + length + ". Name a longer text.");
        }
        int taken = Math.min(Math.max(1, count), parts);
        int[] chosen = new int[taken];
        if (calibration.seed().isPresent()) {
            chosen = new Random(calibration.seed().get())
                    .ints(0, parts)
                    .distinct()
                    .limit(taken)
                    .toArray();
        } else {
            Arrays.setAll(chosen, i -> (int) ((long) i * parts / taken));
        }
        return Arrays.stream(chosen)
                .mapToObj(part -> Arrays.copyOfRange(ids, part * length, (part + 1) * length))
                .toList();
    }
}
