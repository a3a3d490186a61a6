package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Limits;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads single values strictly: nothing is rounded, cut or guessed.
 *
 * <p>YAML versions disagree on {@code 010} (8 or 10), {@code yes} (true or text), {@code 1_000} and {@code 0x10}; all
 * of these are refused with what to write instead.
 */
final class Scalars {
    private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]*)");
    private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]{1,6})?");
    private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0[0-9]+(\\..*)?");
    private static final Pattern NUMBER_LIKE =
            Pattern.compile("[-+]?(0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|[0-9][0-9_]*\\.?[0-9_]*([eE][-+]?[0-9]+)?"
                    + "|\\.[0-9]+([eE][-+]?[0-9]+)?|\\.(inf|Inf|INF)|\\.(nan|NaN|NAN))");
    private static final Pattern TRUE_LIKE = Pattern.compile("(?i)true|yes|on|y|1");
    private static final Pattern FALSE_LIKE = Pattern.compile("(?i)false|no|off|n|0");
    private static final Pattern BOOLEAN_WORD = Pattern.compile("(?i)true|yes|on|false|no|off");

    private Scalars() {}

    /** What a value could be read as: exactly one of the two is there. */
    record Read<T>(Optional<T> value, Optional<Limits.Complaint> complaint) {
        static <T> Read<T> of(T value) {
            return new Read<>(Optional.of(value), Optional.empty());
        }

        static <T> Read<T> wrong(String problem, String advice) {
            return new Read<>(Optional.empty(), Optional.of(new Limits.Complaint(problem, advice)));
        }
    }

    /** Reads a whole number of 64 bits. */
    static Read<Long> whole(Node.Scalar scalar, long least, long greatest) {
        String text = scalar.text();
        if (!scalar.plain()) {
            String advice = WHOLE.matcher(text).matches() ? "write " + text + " without quotes" : "write digits";
            return Read.wrong("'" + text + "' is text, not a whole number", advice);
        }
        if (LEADING_ZERO.matcher(text).matches()) {
            return Read.wrong(text + " begins with 0, which YAML readers take for octal", withoutZeros(text));
        }
        if (WHOLE.matcher(text).matches()) {
            BigInteger value = new BigInteger(text);
            if (value.compareTo(BigInteger.valueOf(greatest)) > 0) {
                return Read.wrong(text + " is too large", "at most " + greatest);
            }
            if (value.compareTo(BigInteger.valueOf(least)) < 0) {
                return Read.wrong(text + " is too small", "at least " + least);
            }
            return Read.of(value.longValue());
        }
        if (DECIMAL.matcher(text).matches()) {
            return Read.wrong(text + " is not written as a whole number", nearestWhole(new BigDecimal(text)));
        }
        return Read.wrong("'" + text + "' is not a whole number", "write digits only, such as 8");
    }

    /** Reads a number with or without decimals. */
    static Read<Double> decimal(Node.Scalar scalar) {
        String text = scalar.text();
        if (!scalar.plain()) {
            String advice = DECIMAL.matcher(text).matches() ? "write " + text + " without quotes" : "write a number";
            return Read.wrong("'" + text + "' is text, not a number", advice);
        }
        if (LEADING_ZERO.matcher(text).matches()) {
            return Read.wrong(text + " begins with 0, which YAML readers take for octal", withoutZeros(text));
        }
        if (!DECIMAL.matcher(text).matches()) {
            return Read.wrong("'" + text + "' is not a number", "write it as 0.5 or 5.0e-4");
        }
        double value = Double.parseDouble(text);
        BigDecimal exact = new BigDecimal(text);
        boolean kept = Double.isFinite(value) && new BigDecimal(Double.toString(value)).compareTo(exact) == 0;
        return kept
                ? Read.of(value)
                : Read.wrong(
                        text + " cannot be kept exactly",
                        Double.isFinite(value) ? "write " + value : "write a smaller number");
    }

    /** Reads {@code true} or {@code false}. */
    static Read<Boolean> bool(Node.Scalar scalar) {
        String text = scalar.text();
        if (scalar.plain() && (text.equals("true") || text.equals("false"))) {
            return Read.of(text.equals("true"));
        }
        String advice = TRUE_LIKE.matcher(text).matches()
                ? "write true"
                : FALSE_LIKE.matcher(text).matches() ? "write false" : "write true or false";
        return Read.wrong((scalar.plain() ? text : "'" + text + "'") + " is not a truth value", advice);
    }

    /** Reads a text; one that YAML could take for a number or truth value needs quotes. */
    static Read<String> text(Node.Scalar scalar) {
        String text = scalar.text();
        if (scalar.plain() && NUMBER_LIKE.matcher(text).matches()) {
            return Read.wrong(text + " is a number, not a text", "write \"" + text + "\" if it is meant");
        }
        if (scalar.plain() && BOOLEAN_WORD.matcher(text).matches()) {
            return Read.wrong(text + " is a truth value to YAML, not a text", "write \"" + text + "\" if it is meant");
        }
        return Read.of(text);
    }

    private static String withoutZeros(String text) {
        String bare = text.replaceFirst("^([-+]?)0+(?=[0-9])", "$1");
        String octal = text.matches("0[0-7]+") ? " or " + new BigInteger(text, 8) : "";
        return "write " + bare + octal;
    }

    private static String nearestWhole(BigDecimal value) {
        if (value.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            return "write a smaller whole number";
        }
        BigInteger floor = value.setScale(0, java.math.RoundingMode.FLOOR).toBigInteger();
        boolean exact = value.compareTo(new BigDecimal(floor)) == 0;
        return exact ? "write " + floor : "write " + floor + " or " + floor.add(BigInteger.ONE);
    }
}
