package io.bantam.runtime.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PythonPrinterTest {
    private final PythonNormalizer normalizer = new PythonNormalizer();

    private static String print(String normal) {
        return continueSource("", "", normal);
    }

    private static String continueSource(String source, String before, String words) {
        PythonPrinter printer = new PythonPrinter(source);
        for (String word : before.isEmpty() ? new String[0] : before.split(" ")) {
            printer.skip(word);
        }
        StringBuilder out = new StringBuilder();
        for (String word : words.split(" ")) {
            out.append(printer.print(word));
        }
        return out.append(printer.end()).toString();
    }

    /** Lines that a person would write: normalised and printed again they are the same. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "x = 1",
                "self.name = name",
                "def __init__(self, *args, **kwargs):",
                "def f(a: int = 1, *, b=2, c: Dict[str, int] = None) -> List[int]:",
                "return -x ** 2 + ~y * (a - b) / c[-1]",
                "if not a and b is not None or c in (1, 2):",
                "for i, x in enumerate(items[1:-1], start=1):",
                "y = x[:, 1] + x[a:b] + x[::2]",
                "d = {'a': 1, 'b': [], **other}",
                "print('name', file=f)",
                "from . import x",
                "from .. import x as y",
                "from .a.b import (c, d)",
                "import os.path",
                "@decorator",
                "z = a @ b",
                "f = lambda x, y=1: x + y",
                "g = sorted(items, key=lambda x: x[0], reverse=True)",
                "with open('x') as f, g():",
                "raise ValueError('error') from e",
                "x: int = 1",
                "a, b = b, a",
                "s = 'a' 'b'",
                "x += 1; y -= 1",
                "if (n := f(1)) > 0:",
                "assert x == 0, 'message'",
                "yield (a, b)",
                "return [x for x in y if x]",
                "t = (1,)",
                "x[...] = 0",
                "del x[0], y",
                "a = b'r' + u'1'",
                "return not (a or b)",
                "class A(B, metaclass=C):",
                "try:",
                "e = f()()[0](1).g",
                "x = y if z else -1",
                "p = f(*a, *b, -1)",
                "q = a if b else {}"
            })
    void aLineComesBackAsItWas(String line) {
        assertEquals(line, print(normalizer.normalizeContext(line).substring("<s> ".length())));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "x = '<STR_LIT>'|x = ''",
                "x = \"\"\"<STR_LIT>\"\"\"|x = \"\"\"\"\"\"",
                "f ( b'<STR_LIT:utf-8>' , <NUM_LIT> )|f(b'utf-8', 0)",
                "'<STR_LIT:U+002CU+0020>' . join ( a )|', '.join(a)",
                "x = \"<STR_LIT:\">\"|x = '\"'",
                "x = <NUM_LIT:1> . real|x = 1.real",
                "a < > b|a <> b",
                "x = '<STR_LIT>|x = '"
            })
    void placeholdersBecomeWhatPythonAccepts(String normal, String source) {
        assertEquals(source, print(normal));
    }

    @Test
    void linesAreIndented() {
        assertEquals(
                """
                def f(a):
                    if a:
                        return 1
                    else:
                        g(a,
                            b)
                        x = [
                            1
                        ]
                        return x""",
                print("def f ( a ) : <EOL> if a : <EOL> return <NUM_LIT:1> <EOL> else : <EOL> g ( a , <EOL> b )"
                        + " <EOL> x = [ <EOL> <NUM_LIT:1> <EOL> ] <EOL> return x"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // The cursor stands at the end of the source; ~ is a line break.
                "def f():~|def f ( ) : <EOL>|return x|`    return x`",
                "`def f():~  `|def f ( ) : <EOL>|return x|return x",
                "if a:~  x = 1~|if a : <EOL> x = <NUM_LIT:1> <EOL>|y = x|`  y = x`",
                "if a:~  x = 1~|if a : <EOL> x = <NUM_LIT:1> <EOL>|def f ( )|def f()",
                "if a:~  return~|if a : <EOL> return <EOL>|y = x|y = x",
                "`f(a,~  `|f ( a , <EOL>|b ) <EOL> c|b)~c",
                "class A:~\tdef f(self):|class A : <EOL> def f ( self ) :|<EOL> pass <EOL> x = y|~\t\tpass~\tx = y",
                "x = f(|x = f (|a = <NUM_LIT:1> ) <EOL> y|a=1)~y"
            })
    void indentationGoesOnFromTheCursor(String source, String before, String words, String expected) {
        assertEquals(expected.replace('~', '\n'), continueSource(source.replace('~', '\n'), before, words));
    }

    @Test
    void aStatementForgetsABracketThatIsStillOpen() {
        assertEquals("x = 1", continueSource("", "f ( a <EOL> def g ( ) : <EOL>", "x = <NUM_LIT:1>"));
    }

    @Test
    void theContextEndsBeforeTheWordAtTheCursor() {
        PythonContext context = normalizer.context("import os\nos.pa");
        assertEquals("<s> import os <EOL> os .", context.text());
        assertEquals("pa", context.unfinished());
        assertTrue(context.touching());
        assertEquals("", normalizer.context("x = 1").unfinished());
        assertEquals("", normalizer.context("x = ").unfinished());
        assertFalse(normalizer.context("x = ").touching());
        assertEquals("<s>", normalizer.context("").text());
        assertEquals("=", normalizer.context("x =").unfinished());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"# to do", "x = 1  # to", "s = 'abc", "f(\"a b", "s = b'", "s = '''a\nb", "x = 'a\\\n  b", "f'{a"
            })
    void textsAreKnownAsSuch(String source) {
        assertTrue(normalizer.context(source).insideText(), source);
    }

    @ParameterizedTest
    @ValueSource(strings = {"# done\n", "x = 'a'", "s = 'abc\nx = ", "", "x", "'''a\nb'''", "x = 'a' # b\n  "})
    void codeIsKnownAsSuch(String source) {
        assertFalse(normalizer.context(source).insideText(), source);
    }
}
