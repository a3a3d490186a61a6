/**
 * The training loop and what it tells about itself. Knows the model and the losses, not recipes and not the command
 * line.
 */
package io.bantam.trainer.train;
