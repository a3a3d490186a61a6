package io.bantam.trainer.cli.measures;

import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.models.TensorwiseExport;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.Bytes;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.evaluation.LatencyProbe;
import io.bantam.trainer.evaluation.LatencyReading;
import io.bantam.trainer.report.CostParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** What a prediction costs, on the command line: latency, memory, energy, carbon and price of a packed file. */
public final class CostMeasure {
    public static final String NAME = "cost";

    private CostMeasure() {}

    /** Adds the options that turn energy and time into carbon and money. */
    public static Options addParameters(Options options) {
        return options.addOption(Arguments.option("grid", "G", "grams of CO2e a kWh of your grid (480, the world's)"))
                .addOption(Arguments.option("price-per-hour", "P", "of the machine, for a price of 1,000 predictions"));
    }

    public static CostParameters parameters(CommandLine line) {
        float grid = Arguments.number(line, "grid", (float) CostParameters.STANDARD.gridGramsPerKwh());
        float price = Arguments.number(line, "price-per-hour", 0);
        if (grid < 0 || price < 0) {
            throw new UsageException("--grid and --price-per-hour must be at least 0.");
        }
        return new CostParameters(decimal(grid), !line.hasOption("grid"), decimal(price));
    }

    /** The number as it was typed, not the nearest one of 24 bits. */
    private static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    /**
     * Measures the packed file that the single argument means, and puts the figures into the run that it belongs to; a
     * model in floating point is packed for it, tensor by tensor.
     */
    public static void run(CommandLine line, Terminal terminal) throws IOException {
        Optional<Path> folder = ModelSource.huggingFaceFolder(line);
        if (folder.isEmpty()) {
            run(line, ModelSource.packedFile(line, Arguments.one(line, "MODEL")), terminal);
            return;
        }
        Path packed = Files.createTempFile("bantam-cost", ".bantam");
        try {
            TensorwiseExport.run(line, folder.get(), packed, false, terminal);
            run(line, packed, terminal);
        } finally {
            Files.deleteIfExists(packed);
        }
    }

    private static void run(CommandLine line, Path file, Terminal terminal) throws IOException {
        CostParameters parameters = parameters(line);
        float watts = Arguments.number(line, "watts", 0);
        if (watts < 0) {
            throw new UsageException("--watts must be above 0.");
        }
        LatencyReading reading = LatencyProbe.measure(file, LatencyProbe.Settings.STANDARD.withWatts(watts));
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "context of %d tokens: p50 %.2f ms, p95 %.2f ms%n%d tokens, each: p50 %.2f ms, p95 %.2f ms%n"
                                + "peak memory %s, file %s%n",
                        reading.promptTokens(),
                        reading.contextMillis().p50(),
                        reading.contextMillis().p95(),
                        reading.generatedTokens(),
                        reading.tokenMillis().p50(),
                        reading.tokenMillis().p95(),
                        Bytes.text(reading.peakResidentBytes()),
                        Bytes.text(Files.size(file)));
        String price = parameters.pricePerHour() == 0
                ? ""
                : String.format(Locale.ROOT, ", price %.4g", parameters.pricePerThousand(reading.prediction()));
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "1,000 predictions: %.4g kJ (%s), %.4g gCO2e%s (%s)%n",
                        reading.prediction().joules(),
                        reading.prediction().method(),
                        parameters.gramsPerThousand(reading.prediction()),
                        price,
                        parameters.about());
        RunFigures.change(line, result -> result.with(reading));
    }
}
