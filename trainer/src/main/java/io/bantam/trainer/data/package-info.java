/**
 * Makes batches of token ids out of source code: corpora, duplicates, splits, evaluation samples, packing.
 *
 * <p>Start at {@link io.bantam.trainer.data.CorpusPreparation} for text and at
 * {@link io.bantam.trainer.data.TokenBatches} for batches. The normal form is that of {@code io.bantam.runtime.python}.
 *
 * <p>Knows no tensor library and no recipe: it takes plain arguments and gives texts and {@code int} arrays. May depend
 * on {@code io.bantam.runtime} and on {@code evaluation}, whose samples it cuts.
 */
package io.bantam.trainer.data;
