package io.bantam.trainer.stage.ptq;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.RunData;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
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
     * @param vocabulary tokens that the model has
     */
    CalibrationSequences(RunData data, Function<String, int[]> encoder, int positions, int vocabulary) {
        this.data = data;
        this.encoder = encoder;
        this.positions = positions;
        this.vocabulary = vocabulary;
    }

    /**
     * Returns as many sequences as asked for, or all there are.
     *
     * @param more tokens beyond the model's positions, to predict
     * @throws BantamException if there is no text, it is too short for one sequence, or it has tokens that the
     *     model lacks
     */
    List<int[]> of(Ptq.Calibration calibration, int more) throws IOException {
        List<int[]> sequences = drawn(calibration, more);
        for (int[] sequence : sequences) {
            for (int id : sequence) {
                if (id < 0 || id >= vocabulary) {
                    throw new BantamException("calibration: token " + id + " is none of the model's, which has 0 to "
                            + (vocabulary - 1)
                            + "; the text was made into tokens by another tokenizer. Prepare the data"
                            + " with the model's own.");
                }
            }
        }
        return sequences;
    }

    private List<int[]> drawn(Ptq.Calibration calibration, int more) throws IOException {
        List<int[]> code = data.calibration()
                .sequences(
                        calibration.samples(),
                        calibration.seed().map(OptionalLong::of).orElse(OptionalLong.empty()));
        if (code.isEmpty()) {
            throw new BantamException("calibration: the training text has not one whole sequence. Name more data, or a"
                    + " smaller sequenceLength.");
        }
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
        int[] ids = encoder.apply(read(file));
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

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException foreign) {
            throw new BantamException(file + ": this is no text in UTF-8. Save it as UTF-8, or name another.");
        }
    }
}
