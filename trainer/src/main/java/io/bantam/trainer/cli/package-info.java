/**
 * The command line: {@link io.bantam.trainer.cli.Main} finds the command among {@code commands}, each a small class,
 * and turns what goes wrong into one line and an exit code. {@code measures} are the measures of {@code evaluate},
 * {@code models} says what a MODEL argument means, {@code terminal} holds all that is written to a terminal or read
 * from its arguments. Nothing else in Bantam may use the standard streams, and nothing may depend on these packages.
 */
package io.bantam.trainer.cli;
