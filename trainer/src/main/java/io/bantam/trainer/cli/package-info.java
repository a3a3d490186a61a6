/**
 * The command line: {@link io.bantam.trainer.cli.Main}, one small class per command, and all that is written to a
 * terminal. Nothing else in Bantam may use the standard streams, and nothing may depend on this package.
 */
package io.bantam.trainer.cli;
