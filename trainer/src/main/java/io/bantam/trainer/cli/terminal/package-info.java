/**
 * Talking to people: arguments, progress, errors, exit codes and the log file.
 * {@link io.bantam.trainer.cli.terminal.Terminal} is the only owner of the standard streams.
 *
 * <p>May not depend on the other packages of the command line.
 */
package io.bantam.trainer.cli.terminal;
