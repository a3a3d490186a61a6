/**
 * The commands, one small class each, listed in {@link io.bantam.trainer.cli.commands.Commands}. A new one implements
 * {@link io.bantam.trainer.cli.commands.Command}: name, options, help, and the work, which is done elsewhere.
 */
package io.bantam.trainer.cli.commands;
