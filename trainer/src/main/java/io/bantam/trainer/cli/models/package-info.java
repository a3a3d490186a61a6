/**
 * What the MODEL of a command line means: {@link io.bantam.trainer.cli.models.ModelSource} finds it and reads it into a
 * {@link io.bantam.trainer.cli.models.LoadedModel}.
 *
 * <p>May not depend on {@code commands} or {@code measures}.
 */
package io.bantam.trainer.cli.models;
