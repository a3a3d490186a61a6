/**
 * What the stages of a run share: a {@link io.bantam.trainer.stage.ModelState} is what a stage takes and gives, the
 * teacher included; nothing else travels between stages. {@link io.bantam.trainer.stage.StageNode} plans which stages
 * run and in which folder.
 *
 * <p>Runs themselves are in {@code session}, each kind of stage is in a package of its own ({@code reduce},
 * {@code distill}, {@code ptq}), and so are what follows the stages ({@code export}, {@code evaluate}) and
 * {@code search}. This package depends on none of them.
 */
package io.bantam.trainer.stage;
