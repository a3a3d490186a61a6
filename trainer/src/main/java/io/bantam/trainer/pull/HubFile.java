package io.bantam.trainer.pull;

/**
 * A file of a model on the hub.
 *
 * @param name within the model; no folder in it
 * @param bytes its size
 * @param hash of its content, in hexadecimal
 * @param kind what the hash is
 */
public record HubFile(String name, long bytes, String hash, HashKind kind) {
    /** The two hashes that the hub knows. */
    public enum HashKind {
        /** SHA-256 of the content, of files in large file storage. */
        SHA256,
        /** Git's blob id: SHA-1 of {@code blob }, the size, a zero byte and the content. */
        GIT_BLOB
    }
}
