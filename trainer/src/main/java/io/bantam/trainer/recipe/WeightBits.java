package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.TernaryQuantizer;
import io.bantam.compression.range.RangeSearch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The width of a quantized weight and with it its quantizer: {@code bits: 1}, {@code bits: ternary}, or {@code bits: 2}
 * to {@code 8}. Reading, schema, checks, command line and stages take all they know of a width from here.
 */
public sealed interface WeightBits {

    /** What the key means, for the schema. */
    String MEANING = "Bits a weight: 1, ternary, or 2 to 8.";

    /** What a recipe writes: a whole number or a word. */
    Object word();

    /** The width in a message: "... weights". */
    String adjective();

    /**
     * The quantizer of weights with this width.
     *
     * @param symmetric whether codes are centred on 0; of no meaning to those that always are
     * @param range how the range of a uniform grid is found; of no meaning to others
     */
    Quantizer quantizer(boolean symmetric, Granularity granularity, RangeSearch range);

    /** Nominal bits of a code. */
    default int bits() {
        return anyQuantizer().bits();
    }

    /** Whether methods may choose other codes than the nearest. */
    default boolean hasGrid() {
        return anyQuantizer().grids().isPresent();
    }

    /** Whether there is a range to choose, and a width next to this one. */
    default boolean isUniform() {
        return anyQuantizer().uniform().isPresent();
    }

    /** Whether training can run it. */
    default boolean isTrainable() {
        return anyQuantizer().fusedForm().isPresent();
    }

    private Quantizer anyQuantizer() {
        return quantizer(true, Granularity.perRow(), RangeSearch.MIN_MAX);
    }

    /** All widths there are, in the order in which messages and the schema name them. */
    static List<WeightBits> all() {
        List<WeightBits> all = new ArrayList<>(List.of(new Binary(), new Ternary()));
        IntStream.rangeClosed(2, 8).mapToObj(Uniform::new).forEach(all::add);
        return all;
    }

    /** The width that is written so. */
    static Optional<WeightBits> find(String word) {
        return all().stream()
                .filter(bits -> bits.word().toString().equals(word))
                .findFirst();
    }

    /** The widths that are words, not numbers. */
    static List<String> names() {
        return all().stream()
                .map(WeightBits::word)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .toList();
    }

    /** Some of the widths as they are written, for a message: "1, ternary, or 2 to 8". */
    static String listed(Predicate<WeightBits> which) {
        List<String> words = new ArrayList<>(all().stream()
                .filter(bits -> !bits.isUniform())
                .filter(which)
                .map(bits -> bits.word().toString())
                .toList());
        if (all().stream().filter(WeightBits::isUniform).anyMatch(which)) {
            words.add("2 to 8");
        }
        if (words.size() < 3) {
            return String.join(" or ", words);
        }
        return String.join(", ", words.subList(0, words.size() - 1)) + ", or " + words.getLast();
    }

    /** What some widths are called, for a message: "1-bit and ternary". */
    static String adjectives(List<WeightBits> widths) {
        return widths.stream().map(WeightBits::adjective).distinct().collect(Collectors.joining(" and "));
    }

    /** 1 bit: the sign times the mean magnitude. */
    record Binary() implements WeightBits {
        @Override
        public Object word() {
            return 1;
        }

        @Override
        public String adjective() {
            return "1-bit";
        }

        @Override
        public Quantizer quantizer(boolean symmetric, Granularity granularity, RangeSearch range) {
            return new BinaryQuantizer(granularity);
        }
    }

    /** Three values: -1, 0 and 1 times a scale. */
    record Ternary() implements WeightBits {
        @Override
        public Object word() {
            return "ternary";
        }

        @Override
        public String adjective() {
            return "ternary";
        }

        @Override
        public Quantizer quantizer(boolean symmetric, Granularity granularity, RangeSearch range) {
            return new TernaryQuantizer(granularity);
        }
    }

    /**
     * A uniform grid.
     *
     * @param bits 2 to 8
     */
    record Uniform(int bits) implements WeightBits {
        public Uniform {
            if (bits < 2 || bits > 8) {
                throw new IllegalArgumentException("bits: " + bits + " is not in 2 to 8");
            }
        }

        @Override
        public Object word() {
            return bits;
        }

        @Override
        public String adjective() {
            return bits + "-bit";
        }

        @Override
        public Quantizer quantizer(boolean symmetric, Granularity granularity, RangeSearch range) {
            return symmetric
                    ? new SymmetricQuantizer(bits, granularity, range)
                    : new AsymmetricQuantizer(bits, granularity, range);
        }
    }
}
