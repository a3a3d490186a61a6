/** What {@code bantam evaluate} can measure, a class a measure; results go into the run that a model belongs to. */
package io.bantam.trainer.cli.measures;
