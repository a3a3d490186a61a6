package io.bantam.trainer.cli.models;

import io.bantam.compression.export.TensorwisePackWriter;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.RangeSearch;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.Progress;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.hub.CheckpointReader;
import io.bantam.trainer.hub.MappedCheckpoint;
import io.bantam.trainer.recipe.WeightBits;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/**
 * {@code export --format packed} of a Hugging Face folder: tensor by tensor, so that the model may be larger than
 * memory. With {@code --bits} every weight goes to the nearest value of its grid.
 */
public final class TensorwiseExport {
    private static final String BITS = "bits";
    private static final String EMBEDDING_BITS = "embedding-bits";
    private static final String GROUP = "group";
    private static final String ASYMMETRIC = "asymmetric";
    private static final int DEFAULT_EMBEDDING_BITS = 8;

    private TensorwiseExport() {}

    /** Adds the options that say how weights are quantized. */
    public static Options addOptions(Options options) {
        return options.addOption(Arguments.option(
                        BITS, written(), "packed: quantize linear weights to the nearest of 1 to 8 bits"))
                .addOption(Arguments.option(GROUP, "N", "with --bits: columns that share a scale (a whole row)"))
                .addOption(Arguments.option(
                        EMBEDDING_BITS, written() + "|32", "with --bits: of embedding and output layer, by rows (8)"))
                .addOption(Arguments.flag(ASYMMETRIC, "with --bits: grids from the least to the largest weight"));
    }

    private static String written() {
        return "N|" + String.join("|", WeightBits.names());
    }

    /** Whether the options ask for quantized weights. */
    public static boolean quantizes(CommandLine line) {
        for (String option : List.of(GROUP, EMBEDDING_BITS, ASYMMETRIC)) {
            if (line.hasOption(option) && !line.hasOption(BITS)) {
                throw new UsageException("--" + option + " goes with --bits.");
            }
        }
        return line.hasOption(BITS);
    }

    /**
     * Writes the packed file.
     *
     * @param halves whether what is not a code is rounded to float16
     */
    public static void run(CommandLine line, Path folder, Path out, boolean halves, Terminal terminal)
            throws IOException {
        try (MappedCheckpoint model = CheckpointReader.open(folder);
                CodeTokenizer tokenizer = CodeTokenizer.open(folder);
                Progress progress = Progress.on(terminal)) {
            DecoderConfig config = model.config().decoder();
            tokenizer.requireFits(config.vocabularySize(), folder.toString());
            tokenizer.requirePackable();
            WeightQuantization quantization =
                    line.hasOption(BITS) ? quantization(line, config) : WeightQuantization.none();
            List<String> order = List.copyOf(config.shapes().keySet());
            TensorwisePackWriter.Weights weights = name -> {
                progress.counted(order.indexOf(name) + 1L, order.size(), "export");
                return model.values(name);
            };
            new TensorwisePackWriter(config, weights, quantization, halves)
                    .write(out, ActivationQuantization.NONE, tokenizer.json(), StageModel.textForm(folder));
        } catch (IllegalArgumentException unfit) {
            throw new UsageException(unfit.getMessage() + ".");
        }
    }

    private static WeightQuantization quantization(CommandLine line, DecoderConfig config) {
        boolean symmetric = !line.hasOption(ASYMMETRIC);
        Granularity granularity = line.hasOption(GROUP)
                ? Granularity.perGroup(Arguments.integer(line, GROUP, 0, 1))
                : Granularity.perRow();
        List<String> linears = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            DecoderConfig.linears(layer).forEach(linear -> linears.add(linear + ".weight"));
        }
        WeightQuantization all = WeightQuantization.none()
                .with(linears, quantizer(BITS, line.getOptionValue(BITS), granularity, symmetric));
        String embedding = line.getOptionValue(EMBEDDING_BITS, Integer.toString(DEFAULT_EMBEDDING_BITS));
        return embedding.equals("32")
                ? all
                : all.with(config.embeddings(), quantizer(EMBEDDING_BITS, embedding, Granularity.perRow(), symmetric));
    }

    private static Quantizer quantizer(String option, String bits, Granularity granularity, boolean symmetric) {
        return WeightBits.find(bits)
                .map(width -> width.quantizer(symmetric, granularity, RangeSearch.MIN_MAX))
                .orElseThrow(() -> new UsageException("--%s must be 1 to 8 or %s, not '%s'."
                        .formatted(option, String.join(" or ", WeightBits.names()), bits)));
    }
}
