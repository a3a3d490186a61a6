package io.bantam.trainer.hub;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.ModelConfig;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The facts that a model's {@code config.json} gives, for checks before any work.
 *
 * @param config its shape
 */
public record ModelFacts(ModelConfig config) {
    /** Returns the family, as {@code model_type} names it. */
    public String family() {
        return config.family();
    }

    /** Whether there is an encoder: the model classifies or answers, it does not complete text. */
    public boolean hasEncoder() {
        return config instanceof EncoderConfig;
    }

    /** Whether it classifies texts. */
    public boolean classifies() {
        return config instanceof EncoderConfig stacks && stacks.classes() > 0;
    }

    /** Returns the number of blocks of the first stack. */
    public int layers() {
        return config.stacks().getFirst().layers();
    }

    /** Returns the number of blocks of a decoder behind an encoder. */
    public int decoderLayers() {
        return config.stacks().size() > 1 ? config.stacks().getLast().layers() : 0;
    }

    /** Returns the size of the hidden state. */
    public int width() {
        return config.width();
    }

    /** Returns the longest sequence, in tokens. */
    public int context() {
        return config.positions();
    }

    /** Returns the numbers of columns that the linear layers' weights have. */
    public SortedSet<Integer> columns() {
        SortedSet<Integer> columns = new TreeSet<>();
        Map<String, List<Integer>> shapes = config.shapes();
        config.blockLinears()
                .forEach(block -> block.forEach(
                        linear -> columns.add(shapes.get(linear + ".weight").get(1))));
        return columns;
    }

    /** Returns the divisor of all of these numbers of columns that is nearest to a size. */
    public int nearestDivisor(int size) {
        return nearestDivisor(columns(), size);
    }

    /** Returns the common divisor of some widths that is nearest to a size. */
    public static int nearestDivisor(Collection<Integer> widths, int size) {
        return IntStream.rangeClosed(1, Collections.min(widths))
                .filter(candidate -> widths.stream().allMatch(width -> width % candidate == 0))
                .boxed()
                .min((a, b) -> Integer.compare(Math.abs(a - size), Math.abs(b - size)))
                .orElseThrow();
    }

    /**
     * Whether a block's attention and feed-forward part read the same norm, so that neither can change it for itself.
     */
    public boolean sharesNorms() {
        return config instanceof DecoderConfig decoder && decoder.architecture().parallel();
    }

    /** Whether every linear layer has a bias. */
    public boolean hasAllBiases() {
        return !(config instanceof DecoderConfig decoder)
                || decoder.architecture().has(Architecture.Bias.ATTENTION_IN)
                        && decoder.architecture().has(Architecture.Bias.ATTENTION_OUT)
                        && decoder.architecture().has(Architecture.Bias.FEED_FORWARD);
    }

    /** Names the linear layers of the first {@code layers} blocks. */
    public static List<String> linearLayers(int layers) {
        return IntStream.range(0, layers)
                .boxed()
                .flatMap(block -> DecoderConfig.linears(block).stream())
                .toList();
    }

    /** Names the linear layers of the decoder behind an encoder. */
    public List<String> decoderLinearLayers() {
        return IntStream.range(0, decoderLayers())
                .boxed()
                .flatMap(block -> EncoderConfig.decoderLinears(block).stream())
                .toList();
    }
}
