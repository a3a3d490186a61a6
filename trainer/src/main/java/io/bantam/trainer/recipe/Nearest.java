package io.bantam.trainer.recipe;

import io.bantam.trainer.NearestWord;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the word that a mistyped one was meant to be. */
final class Nearest {
    private Nearest() {}

    /**
     * Returns advice on a wrong word.
     *
     * @param what what the words are, such as "key"
     */
    static String advice(String what, String wrong, Collection<String> valid) {
        if (valid.isEmpty()) {
            return "there is no " + what + " here";
        }
        String all = valid.size() == 1 ? "valid " + what + ": " : "valid " + what + "s: ";
        return find(wrong, valid)
                .map(word -> "nearest valid " + what + ": '" + word + "'")
                .orElseGet(() -> all + valid.stream().map(Object::toString).collect(Collectors.joining(", ")));
    }

    /** Returns the word that was probably meant, if one is near at all. */
    static Optional<String> find(String wrong, Collection<String> valid) {
        return NearestWord.find(wrong, valid);
    }
}
