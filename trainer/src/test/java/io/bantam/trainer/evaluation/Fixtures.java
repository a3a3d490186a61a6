package io.bantam.trainer.evaluation;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** Where this package's test data lies. */
final class Fixtures {
    private Fixtures() {}

    static Path path(String name) {
        try {
            return Path.of(Fixtures.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
