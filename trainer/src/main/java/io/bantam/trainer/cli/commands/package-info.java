/**
 * The commands, one small class each, listed in {@link io.bantam.trainer.cli.commands.Commands}. A new one implements
 * {@link io.bantam.trainer.cli.commands.Command}: name, options, help, and the work, which is done elsewhere.
 *
 * <p>May depend on all other packages of the command line; none depends on it but {@code cli} itself.
 */
package io.bantam.trainer.cli.commands;
