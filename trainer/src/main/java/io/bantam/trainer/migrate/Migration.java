package io.bantam.trainer.migrate;

import java.util.List;

/**
 * What became of another tool's settings.
 *
 * @param yaml the recipe
 * @param notes one line for each setting that means something else here, or nothing
 */
public record Migration(String yaml, List<String> notes) {
    public Migration {
        notes = List.copyOf(notes);
    }
}
