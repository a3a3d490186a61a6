package io.bantam.trainer.hub;

import java.util.List;

/**
 * A tensor of a PyTorch file: a view of a storage.
 *
 * @param storage the storage that holds its values
 * @param offset first value, counted in values
 * @param shape dimensions, outermost first
 * @param strides steps between neighbours of each dimension, in values
 */
record TorchTensor(TorchStorage storage, long offset, List<Long> shape, List<Long> strides) {

    /** Checks that the view stays inside its storage. */
    TorchTensor {
        shape = List.copyOf(shape);
        strides = List.copyOf(strides);
        if (shape.size() != strides.size()) {
            throw new IllegalArgumentException("shape " + shape + " does not fit strides " + strides);
        }
        long last = offset;
        boolean empty = false;
        for (int i = 0; i < shape.size(); i++) {
            if (shape.get(i) < 0 || strides.get(i) < 0) {
                throw new IllegalArgumentException("shape " + shape + " with strides " + strides + " is not possible");
            }
            empty |= shape.get(i) == 0;
            last = Math.addExact(last, Math.multiplyExact(shape.get(i) - 1, strides.get(i)));
        }
        if (offset < 0 || !empty && last >= storage.elements()) {
            throw new IllegalArgumentException("a view of " + shape + " from " + offset + " passes the end of its "
                    + storage.elements() + " values");
        }
    }

    long elementCount() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** Picks this tensor's values, row-major, out of its storage's. */
    float[] view(float[] stored) {
        var values = new float[Math.toIntExact(elementCount())];
        if (isContiguous()) {
            System.arraycopy(stored, (int) offset, values, 0, values.length);
            return values;
        }
        var index = new long[shape.size()];
        long from = offset;
        for (int to = 0; to < values.length; to++) {
            values[to] = stored[(int) from];
            for (int i = index.length - 1; i >= 0; i--) {
                from += strides.get(i);
                if (++index[i] < shape.get(i)) {
                    break;
                }
                from -= index[i] * strides.get(i);
                index[i] = 0;
            }
        }
        return values;
    }

    private boolean isContiguous() {
        long step = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            if (shape.get(i) != 1 && strides.get(i) != step) {
                return false;
            }
            step *= shape.get(i);
        }
        return true;
    }
}
