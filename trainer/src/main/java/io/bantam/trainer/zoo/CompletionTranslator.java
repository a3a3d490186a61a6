package io.bantam.trainer.zoo;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import ai.djl.util.passthrough.PassthroughNDArray;
import io.bantam.runtime.completion.CompletionOptions;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Set;

/** Translates source code into what is to be inserted at its end, decoded greedily. */
final class CompletionTranslator implements NoBatchifyTranslator<String, String> {
    private final CompletionOptions options;

    private CompletionTranslator(CompletionOptions options) {
        this.options = options;
    }

    @Override
    public NDList processInput(TranslatorContext context, String source) {
        return new NDList(new PassthroughNDArray(new ZooPackedModel.Request(source, options)));
    }

    @Override
    public String processOutput(TranslatorContext context, NDList outputs) {
        return (String) ((PassthroughNDArray) outputs.getFirst()).getObject();
    }

    /** Made by DJL, by its name. Arguments of the criteria: {@code maxTokens} (64) and {@code maxLines} (1). */
    public static final class Factory implements TranslatorFactory {
        @Override
        public Set<Pair<Type, Type>> getSupportedTypes() {
            return Set.of(new Pair<>(String.class, String.class));
        }

        @Override
        @SuppressWarnings("unchecked")
        public <I, O> Translator<I, O> newInstance(
                Class<I> input, Class<O> output, Model model, Map<String, ?> arguments) throws TranslateException {
            CompletionOptions standard = CompletionOptions.DEFAULT;
            return (Translator<I, O>) new CompletionTranslator(new CompletionOptions(
                    number(arguments, "maxTokens", standard.maximumTokens()),
                    number(arguments, "maxLines", standard.maximumLines()),
                    standard.sampling(),
                    standard.stops()));
        }

        private static int number(Map<String, ?> arguments, String name, int standard) throws TranslateException {
            Object given = arguments.get(name);
            if (given == null) {
                return standard;
            }
            String text = given.toString();
            if (!text.matches("[1-9][0-9]{0,6}")) {
                throw new TranslateException(name + ": expected a number from 1, got " + text);
            }
            return Integer.parseInt(text);
        }
    }
}
