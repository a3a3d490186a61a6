/**
 * What {@code bantam evaluate} can measure, a class a measure; results go into the run that a model belongs to.
 *
 * <p>Start at {@link io.bantam.trainer.cli.measures.LineMeasure}. May not depend on {@code commands}.
 */
package io.bantam.trainer.cli.measures;
