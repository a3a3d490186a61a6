package io.bantam.trainer.zoo;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A model's URL, {@code bantam:PATH?variant=NAME}. The path may be absolute ({@code bantam:///home/me/run}) or relative
 * to the working folder ({@code bantam:runs/first}); what is special in URLs is written with percent signs.
 *
 * @param path a packed file, a run folder or a Hugging Face folder
 * @param variant the variant of a run
 */
record ModelUrl(Path path, Optional<String> variant) {
    static final String SCHEME = "bantam";

    private static final String VARIANT = "variant=";

    /**
     * Reads a URL.
     *
     * @throws IllegalArgumentException if there is no path in it, or anything but a variant behind it
     */
    static ModelUrl of(URI url) {
        if (url.getAuthority() != null) {
            throw new IllegalArgumentException(url + ": two slashes name a host; write " + SCHEME
                    + ":/folder/model for an absolute path and " + SCHEME + ":folder/model for a relative one");
        }
        String text = url.getSchemeSpecificPart();
        int question = text.indexOf('?');
        String path = question < 0 ? text : text.substring(0, question);
        while (path.startsWith("//")) {
            path = path.substring(1);
        }
        if (path.isEmpty()) {
            throw new IllegalArgumentException(url + ": there is no path in it; write " + SCHEME + ":folder/model");
        }
        String query = question < 0 ? "" : text.substring(question + 1);
        if (!query.isEmpty() && !query.startsWith(VARIANT)) {
            throw new IllegalArgumentException(
                    url + ": expected ?" + VARIANT + "NAME behind the path, found ?" + query);
        }
        return new ModelUrl(
                Path.of(path), query.isEmpty() ? Optional.empty() : Optional.of(query.substring(VARIANT.length())));
    }
}
