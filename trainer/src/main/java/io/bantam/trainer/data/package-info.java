/**
 * From source code to batches of token ids: corpora, duplicates, splits, evaluation samples, packing. The normal form
 * is that of {@code io.bantam.runtime.python}.
 *
 * <p>Knows no tensor library and no recipe: it takes plain arguments and gives texts and {@code int} arrays.
 */
package io.bantam.trainer.data;
