package io.bantam.trainer.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.bantam.trainer.train.ProgressListener;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceParityTest {
    @Test
    void theCpuAgreesWithItselfAndBfloat16FollowsFloat32() {
        List<DeviceParity.Row> rows = DeviceParity.run(Device.cpu(), ProgressListener.NONE);
        assertEquals(3, rows.size());
        assertEquals(0, rows.getFirst().difference(), 1e-6);
        for (DeviceParity.Row row : rows) {
            assertTrue(row.passes(), row::toString);
        }
        assertTrue(rows.get(1).difference() > 1e-4, "bfloat16 products are what was measured");
    }

    @Test
    void whatIsNotANumberDoesNotPass() {
        assertFalse(new DeviceParity.Row("", Double.NaN, 1).passes());
        assertFalse(new DeviceParity.Row("", 1.1, 1).passes());
    }
}
