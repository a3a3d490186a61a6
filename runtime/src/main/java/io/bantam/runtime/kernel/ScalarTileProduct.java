package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Tiles;

/**
 * The product of tiles in plain Java: the definition, and what is used where registers are too short for the lookup
 * tables of a form. A token is prepared by writing its codes as bytes.
 */
final class ScalarTileProduct implements TileProduct {
    private final CodeForm form;
    private final int rowBytes;

    /**
     * Makes the product of one form.
     *
     * @param rowBytes bytes of a row that take part, whole units
     */
    ScalarTileProduct(CodeForm form, int rowBytes) {
        this.form = form;
        this.rowBytes = rowBytes;
    }

    @Override
    public int preparedBytes() {
        return form.columns(rowBytes);
    }

    @Override
    public void prepare(short[] x, int xOffset, byte[] prepared, int preparedOffset) {
        for (int k = 0; k < form.columns(rowBytes); k++) {
            prepared[preparedOffset + k] = (byte) x[xOffset + k];
        }
    }

    @Override
    public void multiply(TileRange tiles, PreparedTokens tokens, TileSums sums) {
        for (int t = 0; t < tokens.count; t++) {
            for (int i = 0; i < tiles.count; i++) {
                for (int r = 0; r < Tiles.ROWS; r++) {
                    long at = tiles.offset + i * tiles.stride + Tiles.lane(r);
                    int x = tokens.offset + t * tokens.stride;
                    sums.values[t * sums.stride + i * Tiles.ROWS + r] = sum(tiles, at, tokens.bytes, x);
                }
            }
        }
    }

    private int sum(TileRange tiles, long at, byte[] x, int xOffset) {
        int sum = 0;
        int unitColumns = form.unitColumns();
        for (int k = 0; k < form.columns(rowBytes); k += unitColumns) {
            long unit = form.unit(tiles.codes, at + (long) form.rowBytes(k) * Tiles.ROWS);
            for (int j = 0; j < unitColumns; j++) {
                sum += (form.digit(unit, j) - form.base()) * x[xOffset + k + j];
            }
        }
        return sum;
    }
}
