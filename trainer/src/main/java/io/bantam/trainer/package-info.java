/**
 * Everything that trains: recipes, data, models, distillation, evaluation, reports and the command line. Enters through
 * {@link io.bantam.trainer.cli.Main}. This package itself holds only what all of its children need and depends on none
 * of them.
 */
package io.bantam.trainer;
