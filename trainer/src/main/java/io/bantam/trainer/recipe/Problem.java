package io.bantam.trainer.recipe;

/**
 * Something wrong, or doubtful, in a recipe.
 *
 * @param file the recipe file as the user named it
 * @param line 1-based line; 0 when the value came from {@code --set}
 * @param column 1-based column; 0 when the value came from {@code --set}
 * @param override the path of the {@code --set} that brought the value; empty when it stands in the file
 * @param path the place in the recipe, such as {@code stages.half.layers[2]}
 * @param message what is wrong
 * @param advice what to do, with the nearest valid key or value where there is one
 */
public record Problem(String file, int line, int column, String override, String path, String message, String advice) {

    /** Returns {@code file:line:column}, or {@code --set path}, or the file alone when it could not be read. */
    public String location() {
        if (!override.isEmpty()) {
            return "--set " + override;
        }
        return line == 0 ? file : file + ":" + line + ":" + column;
    }

    /** Returns the line that users see. */
    @Override
    public String toString() {
        String place = path.isEmpty() || path.equals(override) ? "" : " " + path;
        return location() + place + ": " + message + "; " + advice;
    }
}
