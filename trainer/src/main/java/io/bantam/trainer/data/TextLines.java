package io.bantam.trainer.data;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Reads a UTF-8 text file line by line, unpacking gzip if its name ends in {@code .gz}. */
final class TextLines {

    /** Takes one line. */
    @FunctionalInterface
    interface Sink {
        /**
         * Takes a line.
         *
         * @param number counted from 1
         * @param line without its line end
         */
        void accept(int number, String line);
    }

    private TextLines() {}

    /**
     * Reads all lines that are not blank.
     *
     * @throws DataException if the file is missing, truncated or not UTF-8
     */
    static void read(Path file, Sink sink) {
        int number = 0;
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    sink.accept(number, line);
                }
            }
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": no such file", e);
        } catch (CharacterCodingException e) {
            throw new DataException(file + ":" + (number + 1) + ": not UTF-8 here or a little further on", e);
        } catch (ZipException | java.io.EOFException e) {
            throw new DataException(file + ": damaged or not gzip (" + e.getMessage() + "); fetch it again", e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
