package io.bantam.runtime.completion;

import io.bantam.runtime.python.PythonContext;
import io.bantam.runtime.python.PythonNormalizer;
import io.bantam.runtime.python.PythonPrinter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The source of the tokens that a model writes behind a cursor. A word is shown when the next one begins, since only
 * then it is certain that it does not go on.
 */
final class SourceText {
    private final PythonContext context;
    private final PythonPrinter printer;
    private final boolean atLineStart;
    private final ByteArrayOutputStream word = new ByteArrayOutputStream();
    private boolean started;

    SourceText(String source, PythonContext context) {
        this.context = context;
        atLineStart = source.isEmpty() || source.endsWith("\n");
        printer = new PythonPrinter(source);
        context.words().forEach(printer::skip);
    }

    /** Takes the bytes of a token; returns the source that is certain now. */
    String add(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            if (b == ' ') {
                out.append(finishWord());
            } else {
                word.write(b);
            }
        }
        return out.toString();
    }

    /** The source of what was held back. */
    String end() {
        return finishWord();
    }

    private String finishWord() {
        String text = word.toString(StandardCharsets.UTF_8);
        word.reset();
        if (text.isEmpty()) {
            return "";
        }
        String printed = printer.print(text);
        if (started || text.equals(PythonNormalizer.END_OF_LINE)) {
            return printed;
        }
        started = true;
        String unfinished = context.unfinished();
        if (!unfinished.isEmpty()) {
            return text.startsWith(unfinished) ? text.substring(unfinished.length()) : "";
        }
        return context.touching() || atLineStart || printed.startsWith("\n") ? printed : printed.stripLeading();
    }
}
