package io.bantam.trainer.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;

/** Seeded text that looks like Python in PY150 normal form, with identifiers made of a limited stock of syllables. */
final class CodeText {

    private static final String[] SYLLABLES = {
        "get", "set", "_", "node", "value", "self", "key", "Index", "Error", "x", "name", "list", "2", "add", "__",
        "Base", "é", "数"
    };
    private static final String[] SYMBOLS = {
        "(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "==", "+=", "->", "**", "//", "@", "~", "%", "!=", "<=", "..."
    };
    private static final String[] WORDS = {
        "def", "class", "return", "if", "else", "for", "in", "import", "from", "not", "None", "lambda", "yield", "async"
    };
    private static final String[] LITERALS = {
        "'<STR_LIT>'",
        "\"<STR_LIT>\"",
        "b'<STR_LIT:utf-8>'",
        "\"\"\"<STR_LIT>\"\"\"",
        "rf'<STR_LIT:U+002CU+0020>'",
        "'<STR_LIT:\">'",
        "<NUM_LIT>",
        "<NUM_LIT:0>",
        "<NUM_LIT:1.>",
        "<NUM_LIT:1.0>",
        "<EOL>",
        "<EOL>",
        "<EOL>"
    };

    private CodeText() {}

    static List<String> documents(long seed, int documents, int tokens) {
        var random = new Random(seed);
        var result = new ArrayList<String>();
        for (int i = 0; i < documents; i++) {
            var document = new StringJoiner(" ");
            document.add("<s>");
            for (int k = 0; k < tokens; k++) {
                document.add(token(random));
            }
            result.add(document.add("</s>").toString());
        }
        return result;
    }

    private static String token(Random random) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> pick(random, SYMBOLS);
            case 2 -> pick(random, WORDS);
            case 3, 4 -> pick(random, LITERALS);
            default -> {
                var name = new StringBuilder();
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    name.append(pick(random, SYLLABLES));
                }
                yield name.toString();
            }
        };
    }

    private static String pick(Random random, String[] from) {
        // Squaring prefers the first items: words of real code are far from equally frequent.
        double draw = random.nextDouble();
        return from[(int) (draw * draw * from.length)];
    }
}
