/**
 * The search for the best post-training quantization within a budget:
 * {@link io.bantam.trainer.stage.search.SearchRunner} makes the models as a run does and tries quantizations on them.
 *
 * <p>May depend on the session, whose runs it repeats; nothing but the command line depends on it.
 */
package io.bantam.trainer.stage.search;
