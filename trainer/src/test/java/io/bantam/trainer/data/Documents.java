package io.bantam.trainer.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes documents in normal form for tests. */
final class Documents {

    private Documents() {}

    /** A document of random lines; different seeds have no line in common. */
    static Document random(String name, long seed, int lines) {
        return of(name, randomLines(seed, lines));
    }

    static List<String> randomLines(long seed, int lines) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < lines; i++) {
            texts.add("value%d_%d = self . method ( a , b , c%d )".formatted(seed, i, random.nextInt(1000)));
        }
        return texts;
    }

    static Document of(String name, List<String> lines) {
        return new Document(name, "<s> " + String.join(" <EOL> ", lines) + " </s>");
    }
}
