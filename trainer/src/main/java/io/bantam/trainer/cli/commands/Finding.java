package io.bantam.trainer.cli.commands;

import java.util.Optional;

/**
 * One line of the doctor's report.
 *
 * @param subject what was looked at, e.g. {@code "memory"}
 * @param state   what was found
 * @param health  whether it is as it should be
 * @param advice  what to do; present unless all is well
 */
record Finding(String subject, String state, Health health, Optional<String> advice) {
    /** How bad it is. */
    enum Health {
        /** Nothing is wrong. */
        GOOD("ok"),
        /** Works, but slower or with less than it could. */
        POOR("warning"),
        /** Something that Bantam needs does not work. */
        BAD("problem");

        private final String word;

        Health(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    static Finding good(String subject, String state) {
        return new Finding(subject, state, Health.GOOD, Optional.empty());
    }

    static Finding poor(String subject, String state, String advice) {
        return new Finding(subject, state, Health.POOR, Optional.of(advice));
    }

    static Finding bad(String subject, String state, String advice) {
        return new Finding(subject, state, Health.BAD, Optional.of(advice));
    }
}
