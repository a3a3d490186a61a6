package io.bantam.trainer.recipe;

/**
 * Where a piece of a recipe was written.
 *
 * @param line 1-based line of the file; 0 when it comes from the command line
 * @param column 1-based column; 0 when it comes from the command line
 * @param override the {@code --set} path it comes from; empty for the file
 */
record Origin(int line, int column, String override) {
    static Origin inFile(int line, int column) {
        return new Origin(line, column, "");
    }

    static Origin ofOverride(String path) {
        return new Origin(0, 0, path);
    }
}
