package io.bantam.trainer.hub;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Named tensors in some file format, read one at a time. */
interface TensorSource extends AutoCloseable {

    /** Returns the shape of every tensor. */
    Map<String, List<Long>> shapes();

    /** Returns a tensor's values, row-major; half and brain floats are widened, doubles rounded. */
    float[] read(String name) throws IOException;

    @Override
    void close() throws IOException;
}
