package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.ScalarKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Prints checksums of what seeded models compute, one line a kind of weights, and of their packed files. Not a test:
 * its lines from before and from after a change tell whether outputs stayed the same bit for bit. Run its main class
 * with {@code --add-modules jdk.incubator.vector} at each {@code -Dbantam.vector.bits}; {@code scalar} as argument
 * takes the plain kernels.
 */
public final class OutputDigest {
    /** Prompts: single tokens, some, and more than are worked on together. */
    private static final int[] LENGTHS = {1, 2, 3, 4, 7, 8, 9, 17, 33, 70};

    private static final int POSITIONS = 96;

    /**
     * Columns of a linear: a multiple of no power of two above 8, of 32, and more than 1,024 in the feed-forward part.
     */
    private static final int[] WIDTHS = {40, 96, 264};

    private static final Map<Integer, int[]> GROUPS =
            Map.of(40, new int[] {0, 40, 8, 20}, 96, new int[] {0, 96, 32, 24, 12}, 264, new int[] {264, 88, 66});

    private final Kernels kernels;

    private OutputDigest(Kernels kernels) {
        this.kernels = kernels;
    }

    /** Runs every kind of weights. */
    public static void main(String[] arguments) throws IOException {
        boolean scalar = arguments.length > 0 && arguments[0].equals("scalar");
        OutputDigest digest = new OutputDigest(scalar ? new ScalarKernels() : Kernels.best());
        System.out.println(digest.kernels.name());
        for (int width : WIDTHS) {
            digest.plain(width);
            for (int group : GROUPS.get(width)) {
                digest.quantized(width, Scheme.BINARY, 1, group);
                digest.quantized(width, Scheme.TERNARY, 2, group);
                for (int bits : new int[] {2, 3, 4, 5, 8}) {
                    digest.quantized(width, Scheme.SYMMETRIC, bits, group);
                    digest.quantized(width, Scheme.ASYMMETRIC, bits, group);
                }
            }
        }
    }

    private static DecoderConfig config(int width) {
        return RandomModels.config(150, POSITIONS, width, 1, 2);
    }

    private static Map<String, ActivationQuantization> activations(int width) {
        Map<String, ActivationQuantization.Range> ranges = new TreeMap<>();
        for (String linear : DecoderConfig.linears(0)) {
            String name = linear.endsWith(".weight") ? linear.substring(0, linear.length() - 7) : linear;
            ranges.put(name, new ActivationQuantization.Range(-2.5f, 3));
        }
        Map<String, ActivationQuantization> all = new TreeMap<>();
        all.put("a8", ActivationQuantization.dynamic(8, true));
        all.put("a8z", ActivationQuantization.dynamic(8, false));
        all.put("a4g", ActivationQuantization.dynamic(4, true).withGroup(width / 2));
        all.put("a8g", ActivationQuantization.dynamic(8, true).withGroup(8));
        all.put("a8gz", ActivationQuantization.dynamic(8, false).withGroup(width / 2));
        all.put("static", ActivationQuantization.fixed(8, false, ranges));
        all.put("float", ActivationQuantization.NONE);
        return all;
    }

    private void plain(int width) {
        CRC32C sum = new CRC32C();
        Map<String, ModelTensor> tensors = RandomModels.floats(config(width), width);
        add(sum, width, ActivationQuantization.NONE, tensors, 1);
        add(sum, width, ActivationQuantization.dynamic(8, true), tensors, 2);
        System.out.println("floats, width " + width + ": " + HexFormat.of().toHexDigits((int) sum.getValue()));
    }

    private void quantized(int width, Scheme scheme, int bits, int group) throws IOException {
        StringBuilder line = new StringBuilder(scheme + " " + bits + ", width " + width + ", group " + group + ":");
        Map<String, ModelTensor> tensors =
                RandomModels.quantized(config(width), width + bits, scheme, bits, group, bits != 5);
        for (Map.Entry<String, ActivationQuantization> one : activations(width).entrySet()) {
            CRC32C sum = new CRC32C();
            add(sum, width, one.getValue(), tensors, one.getKey().length() % 2 + 1);
            line.append(' ')
                    .append(one.getKey())
                    .append(' ')
                    .append(HexFormat.of().toHexDigits((int) sum.getValue()));
        }
        Path file = Files.createTempFile("digest", ".bantam");
        PackedFile.write(file, config(width), ActivationQuantization.NONE, tensors, null);
        CRC32C sum = new CRC32C();
        sum.update(Files.readAllBytes(file));
        add(sum, width, ActivationQuantization.NONE, PackedFile.read(file).tensors(), 1);
        Files.delete(file);
        System.out.println(line + " file " + HexFormat.of().toHexDigits((int) sum.getValue()));
    }

    private void add(
            CRC32C sum, int width, ActivationQuantization activations, Map<String, ModelTensor> tensors, int threads) {
        DecoderConfig config = config(width);
        CachePrecision[] precisions = CachePrecision.values();
        CachePrecision precision = precisions[threads % precisions.length];
        try (PackedDecoder decoder = new PackedDecoder(config, activations, tensors, threads, precision, kernels)) {
            update(sum, Float.floatToIntBits(decoder.memoryBytes()));
            float[] logits = new float[config.vocabularySize()];
            for (int length : LENGTHS) {
                int[] tokens = RandomModels.tokens(config, length + 2, length);
                KvCache cache = decoder.newCache();
                decoder.forward(tokens, 0, length, cache, logits);
                update(sum, logits);
                update(sum, decoder.mostProbable(tokens, length, length + 1, cache, null));
                update(sum, decoder.mostProbable(tokens, length + 1, length + 2, cache, word -> word % 3 == 0));
            }
            decoder.forwardAll(
                    RandomModels.tokens(config, 37, 5), decoder.newCache(), (index, each) -> update(sum, each));
        }
    }

    private static void update(CRC32C sum, float[] values) {
        for (float value : values) {
            update(sum, Float.floatToIntBits(value));
        }
    }

    private static void update(CRC32C sum, int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            sum.update(value >> shift);
        }
    }
}
