package io.bantam.runtime.kernel;

import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.Tiles;

/**
 * What the codes of a matrix stand for: {@code weight = scale * code + zero}, with one scale and one zero for each
 * group of columns of each row, or for the whole matrix; immutable.
 *
 * <p>Codes are signed here. Those of {@link Scheme#ASYMMETRIC} are stored from 0; they are moved by 2^(bits - 1), and
 * their zeros with them. Schemes without zeros have none here either, so that nothing is added to their products.
 *
 * <p>For products with asymmetric integer inputs there is the sum of each group's codes too.
 */
public final class GroupScales {
    private static final float[] NONE = {};

    /** Group by group with all rows of a group side by side, for tiles; else row by row. */
    final float[] scales;
    /** In the order of {@link #scales}; empty for none. */
    final float[] zeros;
    /** In the order of {@link #scales}, but one for each row always; empty for none. */
    final float[] codeSums;

    private final int rows;
    private final int groupsPerRow;
    private final int groupColumns;
    private final boolean byGroup;
    private final boolean oneForAll;

    private GroupScales(PackedTensor tensor, boolean byGroup) {
        rows = tensor.rows();
        groupsPerRow = tensor.groupsPerRow();
        groupColumns = tensor.columns() / groupsPerRow;
        this.byGroup = byGroup;
        oneForAll = tensor.group() == 0 && !byGroup;
        scales = byGroup ? sorted(tensor, tensor.scales()) : tensor.scales();
        float[] signed = signedZeros(tensor);
        zeros = byGroup && signed.length > 0 ? sorted(tensor, signed) : signed;
        codeSums = NONE;
    }

    private GroupScales(GroupScales other, float[] codeSums) {
        rows = other.rows;
        groupsPerRow = other.groupsPerRow;
        groupColumns = other.groupColumns;
        byGroup = other.byGroup;
        oneForAll = other.oneForAll;
        scales = other.scales;
        zeros = other.zeros;
        this.codeSums = codeSums;
    }

    private GroupScales(int rows, int columns) {
        this.rows = rows;
        groupsPerRow = 1;
        groupColumns = columns;
        byGroup = false;
        oneForAll = true;
        scales = new float[] {1};
        zeros = NONE;
        codeSums = NONE;
    }

    /** The scale 1 for all weights, which are their own codes. */
    static GroupScales one(int rows, int columns) {
        return new GroupScales(rows, columns);
    }

    /** Takes the scales of a matrix whose rows are multiplied one by one; without sums of codes. */
    static GroupScales byRow(PackedTensor tensor) {
        return new GroupScales(tensor, false);
    }

    /**
     * Takes the scales of tiles, every row with its own and with room for the last tile's missing rows; without sums of
     * codes.
     */
    static GroupScales byGroup(PackedTensor tensor) {
        return new GroupScales(tensor, true);
    }

    /** Writes one row's signed codes. */
    interface CodeReader {
        /** Writes them as floats, one a column. */
        void read(int row, float[] codes);
    }

    /** These scales together with the groups' sums of codes. */
    GroupScales withCodeSums(CodeReader reader) {
        float[] sums = new float[Math.multiplyExact(rows, groupsPerRow)];
        float[] codes = new float[groupsPerRow * groupColumns];
        for (int row = 0; row < rows; row++) {
            reader.read(row, codes);
            for (int group = 0; group < groupsPerRow; group++) {
                int sum = 0;
                for (int k = group * groupColumns; k < (group + 1) * groupColumns; k++) {
                    sum += (int) codes[k];
                }
                sums[index(row, group)] = sum;
            }
        }
        return new GroupScales(this, sums);
    }

    /** How far stored codes are above signed ones. */
    static int codeShift(PackedTensor tensor) {
        return tensor.scheme() == Scheme.ASYMMETRIC ? 1 << (tensor.bits() - 1) : 0;
    }

    private static float[] signedZeros(PackedTensor tensor) {
        if (tensor.scheme() != Scheme.ASYMMETRIC) {
            return NONE;
        }
        float[] signed = new float[tensor.zeros().length];
        for (int i = 0; i < signed.length; i++) {
            signed[i] = (float) (tensor.zeros()[i] + (double) codeShift(tensor) * tensor.scales()[i]);
        }
        return signed;
    }

    private float[] sorted(PackedTensor tensor, float[] values) {
        float[] sorted = new float[Math.addExact(Math.multiplyExact(rows, groupsPerRow), Tiles.ROWS - 1)];
        for (int row = 0; row < rows; row++) {
            for (int group = 0; group < groupsPerRow; group++) {
                sorted[index(row, group)] = values[tensor.scaleIndex(row, group)];
            }
        }
        return sorted;
    }

    /** Where a group's values are, unless one scale is for all. */
    int index(int row, int group) {
        return byGroup ? group * rows + row : row * groupsPerRow + group;
    }

    /** Groups of each row that have a scale of their own. */
    public int groupsPerRow() {
        return groupsPerRow;
    }

    /** Columns of a group. */
    public int groupColumns() {
        return groupColumns;
    }

    /** Whether weights have zeros beside their scales. */
    public boolean hasZeros() {
        return zeros.length > 0;
    }

    /** Whether there are sums of codes. */
    public boolean hasCodeSums() {
        return codeSums.length > 0;
    }

    /** The scale of a group. */
    public float scale(int row, int group) {
        return scales[oneForAll ? 0 : index(row, group)];
    }

    /** The zero of a group that belongs to signed codes; 0 where the scheme has none. */
    public float zero(int row, int group) {
        return zeros.length == 0 ? 0 : zeros[oneForAll ? 0 : index(row, group)];
    }

    /** The sum of a group's codes; only if {@link #hasCodeSums}. */
    public float codeSum(int row, int group) {
        return codeSums[index(row, group)];
    }

    /** Turns a row of codes into weights, in place. */
    void apply(int row, float[] codes, int offset) {
        for (int group = 0; group < groupsPerRow; group++) {
            float scale = scale(row, group);
            float zero = zero(row, group);
            int from = offset + group * groupColumns;
            for (int k = from; k < from + groupColumns; k++) {
                codes[k] = scale * codes[k] + zero;
            }
        }
    }

    /** Bytes of memory. */
    long memoryBytes() {
        return (long) Float.BYTES * (scales.length + zeros.length + codeSums.length);
    }
}
