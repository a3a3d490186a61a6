package io.bantam.trainer.recipe.key;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Holds values against the ranges of their {@link Key}. */
public final class Limits {
    private Limits() {}

    /**
     * Checks all components of a record, in their order; called by every compact constructor.
     *
     * @throws IllegalArgumentException when a value is missing or out of range
     */
    public static void check(Class<?> type, Object... values) {
        List<RecordShape.Member> members = RecordShape.of(type).members();
        if (members.size() != values.length) {
            throw new IllegalStateException(type + " checks " + values.length + " of " + members.size() + " keys");
        }
        for (int i = 0; i < values.length; i++) {
            String name = type.getSimpleName() + "." + members.get(i).name();
            if (values[i] == null) {
                throw new IllegalArgumentException(name + " has no value");
            }
            Optional<Complaint> complaint = complaint(members.get(i).key(), values[i]);
            if (complaint.isPresent()) {
                throw new IllegalArgumentException(name + ": " + complaint.get());
            }
        }
    }

    /** What is wrong with a value, and what to do. */
    public record Complaint(String problem, String advice) {
        @Override
        public String toString() {
            return problem + "; " + advice;
        }
    }

    /** Returns what is wrong with a value, if anything. */
    public static Optional<Complaint> complaint(Key key, Object value) {
        return switch (value) {
            case Optional<?> optional -> optional.flatMap(inner -> complaint(key, inner));
            case Number number -> outOfRange(key, number);
            case String text -> badText(key, text);
            case Collection<?> list
            when key.notEmpty() && list.isEmpty() ->
                Optional.of(new Complaint("the list is empty", "give at least one entry"));
            case Collection<?> list ->
                list.stream().flatMap(entry -> badText(key, entry).stream()).findFirst();
            case Map<?, ?> map
            when key.notEmpty() && map.isEmpty() ->
                Optional.of(new Complaint("there are no entries", "give at least one"));
            case Map<?, ?> map ->
                map.keySet().stream()
                        .flatMap(name -> badText(key, name).stream())
                        .findFirst();
            default -> Optional.empty();
        };
    }

    private static Optional<Complaint> outOfRange(Key key, Number number) {
        double value = number.doubleValue();
        if (key.oneOf().length > 0 && Arrays.stream(key.oneOf()).noneMatch(allowed -> allowed == value)) {
            long nearest = Arrays.stream(key.oneOf())
                    .boxed()
                    .min((a, b) -> Double.compare(Math.abs(a - value), Math.abs(b - value)))
                    .orElseThrow();
            String all = Arrays.stream(key.oneOf()).mapToObj(Long::toString).collect(Collectors.joining(", "));
            String advice = key.oneOf().length == 1 ? "write " + nearest : "nearest valid value: " + nearest;
            String problem = key.oneOf().length == 1 ? number + " is not supported" : number + " is not one of " + all;
            return Optional.of(new Complaint(problem, advice));
        }
        if (value < key.atLeast()) {
            return Optional.of(new Complaint(number + " is too small", "at least " + show(key.atLeast())));
        }
        if (value <= key.above()) {
            return Optional.of(new Complaint(number + " is too small", "greater than " + show(key.above())));
        }
        if (value > key.atMost()) {
            return Optional.of(new Complaint(number + " is too large", "at most " + show(key.atMost())));
        }
        if (value >= key.below()) {
            return Optional.of(new Complaint(number + " is too large", "less than " + show(key.below())));
        }
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Optional.of(new Complaint(number + " is no finite number", "write a finite one"));
        }
        return Optional.empty();
    }

    /** Holds one text (a value, list entry or mapping key) against the pattern; other types pass. */
    public static Optional<Complaint> badText(Key key, Object value) {
        if (!(value instanceof String text)) {
            return Optional.empty();
        }
        if (key.notEmpty() && text.isEmpty()) {
            return Optional.of(new Complaint("the text is empty", "give at least one character"));
        }
        if (!key.pattern().isEmpty() && !text.matches(key.pattern())) {
            return Optional.of(new Complaint("'" + text + "' is not allowed", "use " + key.patternInWords()));
        }
        return Optional.empty();
    }

    /** Returns a limit as people write it, without an exponent. */
    public static String show(double limit) {
        return new BigDecimal(Double.toString(limit)).stripTrailingZeros().toPlainString();
    }
}
