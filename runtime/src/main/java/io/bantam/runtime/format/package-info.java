/**
 * Model files: safetensors in general, and Bantam's packed file, which is a safetensors file with packed bits inside.
 *
 * <p>{@link io.bantam.runtime.format.SafetensorsReader} and {@link io.bantam.runtime.format.SafetensorsWriter} are the entry
 * classes. The package needs the JDK alone.
 */
package io.bantam.runtime.format;
