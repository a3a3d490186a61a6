package io.bantam.runtime.completion;

import io.bantam.runtime.python.PythonContext;
import io.bantam.runtime.tokenizer.BytePairTokenizer;

/** A cursor in Python source, of a model that reads PY150's normal form. */
final class NormalFormCursor implements CursorText {
    private final PackedModel model;
    private final BytePairTokenizer tokenizer;
    private final int[] context;
    private final int maximumLines;
    private final SourceText sourceText;
    private final WordStart wordStart;
    private int lines;

    NormalFormCursor(PackedModel model, String source, PythonContext context, int maximumLines) {
        this.model = model;
        this.tokenizer = model.tokenizer();
        this.context = tokenizer.encode(context.text());
        this.maximumLines = maximumLines;
        sourceText = new SourceText(source, context);
        wordStart = new WordStart(tokenizer, context.unfinished());
    }

    @Override
    public int[] context() {
        return context;
    }

    @Override
    public int kept() {
        return 0;
    }

    @Override
    public boolean allows(int token) {
        if (wordStart.done()) {
            return isText(token);
        }
        return endsFile(token) ? wordStart.atWordEnd() : isText(token) && wordStart.allows(token);
    }

    /** Whether a token may stand in source code. */
    private boolean isText(int token) {
        return endsFile(token)
                || token < tokenizer.vocabularySize()
                        && !tokenizer.isControl(token)
                        && tokenizer.bytes(token).length > 0;
    }

    @Override
    public boolean endsFile(int token) {
        return token == model.fileEnd();
    }

    @Override
    public String add(int token) {
        lines += token == model.lineEnd() ? 1 : 0;
        if (complete()) {
            return "";
        }
        wordStart.accept(token);
        return sourceText.add(tokenizer.bytes(token));
    }

    @Override
    public boolean complete() {
        return lines == maximumLines;
    }

    @Override
    public String end() {
        return sourceText.end();
    }
}
