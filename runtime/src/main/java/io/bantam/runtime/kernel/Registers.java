package io.bantam.runtime.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector registers that the kernels use: 128, 256 or 512 bits, the machine's widest, or what the system property
 * {@code bantam.vector.bits} asks for (for tests). Chosen once, when this class loads.
 *
 * <p>Species are static and final everywhere, or the compiler would not know them and would allocate every vector.
 */
final class Registers {
    /** The byte order of vectors in memory. */
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Whole registers of float32. */
    static final VectorSpecies<Float> FLOATS = species();

    /** Elements of a register of float32: 4, 8 or 16. */
    static final int LANES = FLOATS.length();

    /** Whole registers of int32. */
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    /** Whole registers of int16. */
    static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());

    /** Whole registers of bytes. */
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, FLOATS.vectorShape());

    /**
     * Whether one instruction shuffles all 64 bytes of a register (AVX-512 VBMI): then lookup tables may have 32 and 64
     * entries. Elsewhere the compiler has one only for 16 bytes.
     */
    static final boolean SHUFFLES_64_BYTES = FLOATS.vectorBitSize() == 512 && hasVbmi();

    private static final VectorShuffle<Float> FROM_8 = from(8);
    private static final VectorShuffle<Float> FROM_4 = from(4);
    private static final VectorShuffle<Float> FROM_2 = from(2);
    private static final VectorShuffle<Float> FROM_1 = from(1);

    private Registers() {}

    private static VectorSpecies<Float> species() {
        int bits = Integer.getInteger("bantam.vector.bits", FloatVector.SPECIES_PREFERRED.vectorBitSize());
        return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    /** Java does not say what the processor has; Linux does, elsewhere processors with 512 bits mostly have it. */
    private static boolean hasVbmi() {
        Path processors = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(processors)) {
            return true;
        }
        try (var lines = Files.lines(processors)) {
            return lines.anyMatch(line -> line.contains("avx512_vbmi"));
        } catch (IOException | UncheckedIOException unreadable) {
            return false;
        }
    }

    private static VectorShuffle<Float> from(int lane) {
        return VectorShuffle.iota(FLOATS, lane % LANES, 1, true);
    }

    /**
     * Sums the lanes by halves, in one order always. {@code reduceLanes(ADD)} adds floats in another order once the
     * method is compiled than before, so that the same model gave two results in one process.
     */
    static float sumLanes(FloatVector a) {
        FloatVector sum = a;
        if (LANES > 8) {
            sum = sum.add(sum.rearrange(FROM_8));
        }
        if (LANES > 4) {
            sum = sum.add(sum.rearrange(FROM_4));
        }
        if (LANES > 2) {
            sum = sum.add(sum.rearrange(FROM_2));
        }
        return sum.add(sum.rearrange(FROM_1)).lane(0);
    }
}
