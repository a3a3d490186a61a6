package io.bantam.trainer.pull;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.pull.HubFile.HashKind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Fetches files of a model into a folder. A file grows under another name, with its hash in it, and gets its own when
 * size and hash are right; what was cut off goes on there, in the same call and in a later one. Files that are there
 * already and right are not fetched.
 */
public final class HubDownload {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int HASH_DIGITS_IN_NAME = 12;

    private final Hub hub;
    private final HubSnapshot snapshot;
    private final Path folder;

    /** Hears how far a download is. */
    @FunctionalInterface
    public interface Listener {
        /**
         * @param file its name
         * @param bytes of all files that are there
         * @param total bytes of all files
         */
        void update(String file, long bytes, long total);
    }

    public HubDownload(Hub hub, HubSnapshot snapshot, Path folder) {
        this.hub = hub;
        this.snapshot = snapshot;
        this.folder = folder;
    }

    /**
     * Fetches files.
     *
     * @throws BantamException if the disk has no room for them, or one is not for everybody
     * @throws WorkFailedException if they cannot be fetched, or have the wrong content
     */
    public void fetch(List<HubFile> files, Listener listener) {
        long total = files.stream().mapToLong(HubFile::bytes).sum();
        try {
            Files.createDirectories(folder);
            long missing = 0;
            for (HubFile file : files) {
                missing += Files.exists(folder.resolve(file.name())) ? 0 : file.bytes() - size(part(file));
            }
            long room = Files.getFileStore(folder).getUsableSpace();
            if (missing > room) {
                throw new BantamException("%s: %d MB are to be fetched and the disk has %d MB left. Make room, or name"
                                .formatted(folder, missing / 1_000_000, room / 1_000_000)
                        + " another folder with --out.");
            }
            long done = 0;
            for (HubFile file : files) {
                listener.update(file.name(), done, total);
                long before = done;
                fetch(file, bytes -> listener.update(file.name(), before + bytes, total));
                done += file.bytes();
            }
            listener.update("", total, total);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write into " + folder, e);
        }
    }

    private interface Growth {
        void to(long bytes);
    }

    private void fetch(HubFile file, Growth growth) throws IOException {
        Path target = folder.resolve(file.name());
        if (Files.exists(target) && isRight(target, file)) {
            return;
        }
        Path part = part(file);
        for (boolean again = true; ; again = false) {
            download(file, part, growth);
            if (isRight(part, file)) {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                return;
            }
            Files.delete(part);
            // What was kept from an earlier call may have been damaged; fetched whole, it counts.
            if (!again) {
                throw new WorkFailedException(about(file) + ": what the hub sends has not the " + name(file.kind())
                        + " that it tells. Nothing of it was kept; try again later, or another --endpoint.");
            }
        }
    }

    private void download(HubFile file, Path part, Growth growth) throws IOException {
        URI address = hub.address(snapshot, file);
        Retries retries = hub.retries();
        while (size(part) < file.bytes() || !Files.exists(part)) {
            long from = size(part);
            try (HubAnswer answer = hub.get(address, from)) {
                if (answer.status() == HubAnswer.RANGE_NOT_SATISFIABLE) {
                    Files.deleteIfExists(part);
                } else if (answer.found()) {
                    append(file, part, answer, from, growth);
                } else if (answer.isPassing()) {
                    retries.after(about(file), answer);
                } else {
                    throw hub.refusal(about(file), answer);
                }
            } catch (LocalException e) {
                throw e.cause;
            } catch (IOException e) {
                if (size(part) > from) {
                    retries.progressed();
                }
                retries.after(about(file), e);
            }
        }
    }

    /** What went wrong with the disk, so that it is not taken for the network. */
    private static final class LocalException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient IOException cause;

        LocalException(IOException cause) {
            super(cause);
            this.cause = cause;
        }
    }

    private void append(HubFile file, Path part, HubAnswer answer, long from, Growth growth) throws IOException {
        // A server that knows no ranges sends everything.
        boolean goesOn = answer.status() == HubAnswer.PARTIAL
                && answer.header("Content-Range").matches("bytes " + from + "-.*");
        if (answer.status() == HttpURLConnection.HTTP_OK || goesOn) {
            long length = goesOn ? from : 0;
            try (InputStream in = answer.body();
                    OutputStream out = open(part, goesOn)) {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    length += count;
                    if (length > file.bytes()) {
                        break; // too long: the hash will tell
                    }
                    write(out, buffer, count);
                    growth.to(length);
                }
            }
            if (length < file.bytes()) {
                throw new EOFException("the connection ended after " + length + " of " + file.bytes() + " bytes");
            }
            if (length > file.bytes()) {
                throw new WorkFailedException(about(file) + ": the hub sends more than the " + file.bytes()
                        + " bytes that it tells. Try again later, or another --endpoint.");
            }
            return;
        }
        Files.deleteIfExists(part);
        throw new IOException("an answer with the wrong part of the file");
    }

    private static OutputStream open(Path part, boolean append) {
        try {
            return append
                    ? Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    : Files.newOutputStream(part);
        } catch (IOException e) {
            throw new LocalException(e);
        }
    }

    private static void write(OutputStream out, byte[] buffer, int count) {
        try {
            out.write(buffer, 0, count);
        } catch (IOException e) {
            throw new LocalException(e);
        }
    }

    private Path part(HubFile file) {
        return folder.resolve(file.name() + "." + file.hash().substring(0, HASH_DIGITS_IN_NAME) + ".part");
    }

    private static long size(Path path) throws IOException {
        return Files.exists(path) ? Files.size(path) : 0;
    }

    private String about(HubFile file) {
        return snapshot.model() + " " + file.name();
    }

    private static String name(HashKind kind) {
        return switch (kind) {
            case SHA256 -> "SHA-256";
            case GIT_BLOB -> "git hash";
        };
    }

    private static boolean isRight(Path path, HubFile file) throws IOException {
        if (Files.size(path) != file.bytes()) {
            return false;
        }
        MessageDigest digest = digest(file.kind());
        if (file.kind() == HashKind.GIT_BLOB) {
            digest.update(("blob " + file.bytes() + "\0").getBytes(StandardCharsets.US_ASCII));
        }
        try (InputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest()).equals(file.hash());
    }

    private static MessageDigest digest(HashKind kind) {
        try {
            return MessageDigest.getInstance(kind == HashKind.SHA256 ? "SHA-256" : "SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has both", e);
        }
    }
}
