package io.bantam.compression.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import org.junit.jupiter.api.Test;

final class HalfPrecisionTest {
    @Test
    void valuesGoToTheNearest() {
        // One and a half steps of 2^-10 go to the even neighbour, two.
        assertArrayEquals(new float[] {1 + 0x1p-9f, -2, 0}, HalfPrecision.values(new float[] {1 + 0x1.8p-10f, -2, 0}));
        float[] large = {1, 65505};
        assertSame(large, HalfPrecision.values(large));
    }

    @Test
    void smallScalesKeepTheirDigits() {
        float[] scales = {0.1f, 1e-5f};
        QuantizedMatrix weight =
                new QuantizedMatrix(Scheme.BINARY, 1, 2, 1, 1, new byte[] {1, -1}, scales, new float[0]);
        assertSame(scales, ((QuantizedMatrix) HalfPrecision.weight(weight)).scales());
    }

    /** ONNX wants zeros that are whole multiples of the scale. */
    @Test
    void zerosKeepTheirRatio() {
        float scale = 0.1f;
        QuantizedMatrix weight = new QuantizedMatrix(
                Scheme.ASYMMETRIC, 8, 1, 2, 2, new byte[] {0, -1}, new float[] {scale}, new float[] {-100 * scale});
        QuantizedMatrix rounded = (QuantizedMatrix) HalfPrecision.weight(weight);
        assertEquals(Float.float16ToFloat(Float.floatToFloat16(scale)), rounded.scales()[0]);
        assertEquals(-100.0, rounded.zeros()[0] / rounded.scales()[0], 1e-5);
        assertArrayEquals(weight.codes(), rounded.codes());
        PackedTensor packed = (PackedTensor) HalfPrecision.tensor(PackWriter.pack(weight));
        assertArrayEquals(rounded.dequantize(), packed.toFloats());
    }

    @Test
    void plainTensorsTakeTwoBytes() {
        FloatTensor tensor = (FloatTensor) HalfPrecision.tensor(FloatTensor.of(new float[] {0.1f, 0.2f}, 2));
        assertEquals(DType.F16, tensor.dtype());
        assertEquals(4, tensor.packedBytes());
        assertEquals(DType.F32, ((FloatTensor) HalfPrecision.tensor(FloatTensor.of(new float[] {1e9f}, 1))).dtype());
    }
}
