package io.bantam.trainer.cli.terminal;

import io.bantam.runtime.model.CachePrecision;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/** {@code --kv-cache}: how a running model keeps the keys and values of the tokens it has seen. */
public final class CacheOption {
    private static final String NAME = "kv-cache";

    private CacheOption() {}

    public static Option option() {
        return Arguments.option(
                NAME,
                "TYPE",
                "keys and values of the context in " + names(" | ") + ": half or a quarter of the memory (float32)");
    }

    /** What the line asks for; float32 if nothing. */
    public static CachePrecision of(CommandLine line) {
        String name = line.getOptionValue(NAME, CachePrecision.FLOAT32.label());
        for (CachePrecision precision : CachePrecision.values()) {
            if (precision.label().equals(name)) {
                return precision;
            }
        }
        throw new UsageException("--%s must be one of %s, not '%s'.".formatted(NAME, names(", "), name));
    }

    private static String names(String separator) {
        return Arrays.stream(CachePrecision.values()).map(CachePrecision::label).collect(Collectors.joining(separator));
    }
}
