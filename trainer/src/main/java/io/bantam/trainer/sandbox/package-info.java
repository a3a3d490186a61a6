/**
 * Runs Python programs that nobody has read: in a process of their own, without network, with an empty working folder
 * and with bounds on time, memory, processes, files and output.
 *
 * <p>Start at {@link io.bantam.trainer.sandbox.Sandbox}. The isolation is the kernel's: namespaces set up by bubblewrap
 * where it is installed, else by util-linux. Where neither works nothing is run. Of the project this package uses
 * {@link io.bantam.trainer.BantamException} alone, and no library.
 */
package io.bantam.trainer.sandbox;
