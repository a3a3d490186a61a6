/**
 * From source code to batches of token ids: normal form, corpora, duplicates, splits, evaluation samples, packing.
 *
 * <p>Knows no tensor library and no recipe: it takes plain arguments and gives texts and {@code int} arrays.
 */
package io.bantam.trainer.data;
