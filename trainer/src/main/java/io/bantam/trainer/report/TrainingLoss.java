package io.bantam.trainer.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The quantity that a stage's training minimised, as the settings in its record name it.
 *
 * @param name short name for an axis, such as {@code KL divergence}, or {@code weighted sum} of several terms
 * @param terms what is added up, with weights other than 1
 * @param unit of the sum, such as {@code nats a token}
 * @param crossEntropy whether it is the cross-entropy with the text alone, which is what the validation loss is too
 */
record TrainingLoss(String name, List<String> terms, String unit, boolean crossEntropy) {
    private static final String MIXED = "no common unit";

    TrainingLoss {
        terms = List.copyOf(terms);
    }

    /** A kind of term, with its name on an axis, its name in a sentence, and its unit. */
    private enum Term {
        KL("KL divergence", "KL divergence from the teacher", "nats a token"),
        SOFT_CROSS_ENTROPY(
                "soft cross-entropy",
                "cross-entropy with the teacher, mean over tokens and vocabulary",
                "nats a logit"),
        LABELS("cross-entropy", "cross-entropy with the text", "nats a token"),
        HIDDEN("squared error", "squared errors of hidden states", "no unit"),
        ATTENTION("squared error", "squared errors of attention scores", "no unit");

        private final String name;
        private final String text;
        private final String unit;

        Term(String name, String text, String unit) {
            this.name = name;
            this.text = text;
            this.unit = unit;
        }
    }

    /**
     * Returns the loss of a stage that trained.
     *
     * @param token what the cross-entropy is a mean over: {@code token}, or {@code label} of a classifier
     */
    static TrainingLoss of(StageRecord record, String token) {
        Map<?, ?> loss = map(record.settings(), "loss");
        if (loss.isEmpty()) { // a teacher learns from the text; a distillation without settings is not known
            return record.kind().equals("teacher")
                    ? of(List.of(Term.LABELS), List.of(Term.LABELS.text), token)
                    : new TrainingLoss("training loss", List.of("the stage's loss"), "unit not recorded", false);
        }
        List<Term> kinds = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        Map<?, ?> logits = map(loss, "logits");
        boolean soft =
                String.valueOf(logits.get("kind")).toLowerCase(Locale.ROOT).startsWith("soft");
        double temperature = number(logits, "temperature", 1);
        add(
                soft ? Term.SOFT_CROSS_ENTROPY : Term.KL,
                logits,
                temperature == 1
                        ? ""
                        : (soft ? " at temperature " : " at temperature T, times T\u00b2, T = ") + plain(temperature),
                kinds,
                texts);
        add(Term.LABELS, map(loss, "labels"), "", kinds, texts);
        add(Term.HIDDEN, map(loss, "hidden"), "", kinds, texts);
        add(Term.ATTENTION, map(loss, "attention"), "", kinds, texts);
        return of(kinds, texts, token);
    }

    private static TrainingLoss of(List<Term> kinds, List<String> texts, String token) {
        List<String> units = kinds.stream().map(term -> term.unit).distinct().toList();
        String unit = units.size() == 1 ? units.getFirst().replace("token", token) : MIXED;
        String name = kinds.size() == 1 ? kinds.getFirst().name : "weighted sum";
        boolean crossEntropy = texts.equals(List.of(Term.LABELS.text));
        return new TrainingLoss(name, texts, unit, crossEntropy);
    }

    private static void add(Term term, Map<?, ?> settings, String detail, List<Term> kinds, List<String> texts) {
        double weight = number(settings, "weight", 0);
        if (weight != 0) {
            kinds.add(term);
            texts.add((weight == 1 ? "" : plain(weight) + " \u00d7 ") + term.text + detail);
        }
    }

    private static Map<?, ?> map(Map<?, ?> settings, String key) {
        return settings.get(key) instanceof Map<?, ?> map ? map : Map.of();
    }

    private static double number(Map<?, ?> settings, String key, double standard) {
        return settings.get(key) instanceof Number number ? number.doubleValue() : standard;
    }

    private static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}
