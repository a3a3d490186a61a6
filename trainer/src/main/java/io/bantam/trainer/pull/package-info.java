/**
 * Fetches models from the Hugging Face hub, or from a mirror that speaks its HTTP interface, into plain folders.
 *
 * <p>Start at {@link io.bantam.trainer.pull.Hub}: it names a model's files with their hashes, and
 * {@link io.bantam.trainer.pull.HubDownload} fetches them, goes on where it was cut off and checks every hash. This is
 * the only package that opens connections to other machines. It knows nothing of what is in the files, and of the
 * project only {@code io.bantam.trainer}'s exceptions.
 */
package io.bantam.trainer.pull;
