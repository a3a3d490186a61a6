package io.bantam.runtime.python;

/** Finds where a number literal of Python ends, by the grammar that {@code tokenize} uses (ASCII digits only). */
final class PythonNumbers {

    private PythonNumbers() {}

    /**
     * Returns where the number at a position ends.
     *
     * @param text the source
     * @param start where the number would start
     * @param limit the end of the line
     * @return the position after the number, or -1 if none starts here
     */
    static int end(String text, int start, int limit) {
        int whole = digits(text, start, limit);
        int end = -1;
        if (whole > 0 && is(text, whole, limit, '.')) {
            int fraction = digits(text, whole + 1, limit);
            end = exponentOr(text, fraction > 0 ? fraction : whole + 1, limit);
        } else if (whole > 0) {
            int exponent = exponent(text, whole, limit);
            end = exponent > 0 ? exponent : whole;
            if (exponent < 0 && !is(text, whole, limit, 'j')) {
                return integer(text, start, whole, limit);
            }
        } else if (is(text, start, limit, '.')) {
            int fraction = digits(text, start + 1, limit);
            end = fraction > 0 ? exponentOr(text, fraction, limit) : -1;
        }
        return end > 0 && is(text, end, limit, 'j') ? end + 1 : end;
    }

    private static int integer(String text, int start, int digitsEnd, int limit) {
        if (text.charAt(start) != '0') {
            return digitsEnd;
        }
        int base = is(text, start + 1, limit, 'x') ? 16 : is(text, start + 1, limit, 'b') ? 2 : 8;
        if (base != 8 || is(text, start + 1, limit, 'o')) {
            int end = run(text, start + 2, limit, base, true);
            if (end > 0) {
                return end;
            }
        }
        // A decimal number starting with 0 has only zeros: 0777 is two numbers.
        return run(text, start, limit, 1, false);
    }

    private static int exponentOr(String text, int position, int limit) {
        int exponent = exponent(text, position, limit);
        return exponent > 0 ? exponent : position;
    }

    private static int exponent(String text, int position, int limit) {
        if (!is(text, position, limit, 'e')) {
            return -1;
        }
        boolean signed = is(text, position + 1, limit, '+') || is(text, position + 1, limit, '-');
        return digits(text, position + (signed ? 2 : 1), limit);
    }

    private static int digits(String text, int start, int limit) {
        return run(text, start, limit, 10, false);
    }

    /** A run of digits of a base (base 1: zeros), single underscores allowed between them. */
    private static int run(String text, int start, int limit, int base, boolean underscoreFirst) {
        int end = -1;
        int position = start;
        while (position < limit) {
            if (text.charAt(position) == '_' && (end > 0 || underscoreFirst)) {
                position++;
            }
            if (position >= limit || !isDigit(text.charAt(position), base)) {
                break;
            }
            end = ++position;
        }
        return end;
    }

    private static boolean isDigit(char c, int base) {
        int value = c < 128 ? Character.digit(c, 16) : -1;
        return value >= 0 && value < base;
    }

    /** Whether a character is at the position, letters in either case. */
    private static boolean is(String text, int position, int limit, char lower) {
        return position < limit
                && (text.charAt(position) == lower
                        || Character.isLetter(lower) && (text.charAt(position) | 0x20) == lower);
    }
}
