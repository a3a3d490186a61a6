package io.bantam.trainer.tokenizer;

import io.bantam.trainer.BantamException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * What a {@code tokenizer.model} of SentencePiece holds: a protocol buffer, {@code ModelProto}, of which field 1 is the
 * pieces, 2 how it was trained, 3 how text is normalized.
 *
 * @param pieces in the order of their ids
 * @param byteFallback whether characters without a piece are spelt in bytes
 * @param spaceBefore whether a text gets a space before it
 * @param characters which characters are replaced before a text is cut, as SentencePiece stores them; empty for none
 * @param dropsSpaces whether spaces at both ends of a text are left out, and all but one of several
 */
record SentencePieceModel(
        List<Piece> pieces, boolean byteFallback, boolean spaceBefore, byte[] characters, boolean dropsSpaces) {
    /** Kinds of pieces, in the order of their numbers, from 1. */
    enum Kind {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE
    }

    /**
     * A piece.
     *
     * @param text with {@code ▁} for a space
     * @param score of two merges, that to the piece of the higher score comes first
     */
    record Piece(String text, float score, Kind kind) {}

    private static final int BPE = 2;

    /** Gathers the fields while they are read; what a file leaves out has these values. */
    private static final class Reading {
        private final List<Piece> pieces = new ArrayList<>();
        private long algorithm = 1;
        private boolean byteFallback;
        private boolean spaceBefore = true;
        private boolean dropsSpaces = true;
        private boolean escapesSpaces = true;
        private boolean spacesBehind;
        private byte[] characters = {};
    }

    /**
     * Reads a model.
     *
     * @throws BantamException in one line, if it is damaged, or cuts or normalizes text in a way that cannot be
     *     followed
     */
    static SentencePieceModel parse(byte[] bytes, String source) {
        return parse(bytes, source, false);
    }

    /**
     * Reads a model that need not run packed: it may replace characters and drop spaces, which the tokenizer library
     * does.
     *
     * @throws BantamException as {@link #parse(byte[], String)}
     */
    static SentencePieceModel parseNormalizing(byte[] bytes, String source) {
        return parse(bytes, source, true);
    }

    private static SentencePieceModel parse(byte[] bytes, String source, boolean normalizing) {
        Reading reading = new Reading();
        try {
            read(bytes, reading);
        } catch (RuntimeException damaged) {
            throw new BantamException(
                    source + ": the tokenizer is damaged, it is no SentencePiece model. Copy or download it again.",
                    damaged);
        }
        String problem = problem(reading, normalizing);
        if (problem != null) {
            throw new BantamException(
                    source + ": " + problem + ". Give the tokenizer.json of the model, if there is one.");
        }
        return new SentencePieceModel(
                List.copyOf(reading.pieces),
                reading.byteFallback,
                reading.spaceBefore,
                reading.characters,
                reading.dropsSpaces);
    }

    /** This model with other pieces. */
    SentencePieceModel withPieces(List<Piece> others) {
        return new SentencePieceModel(List.copyOf(others), byteFallback, spaceBefore, characters, dropsSpaces);
    }

    private static String problem(Reading reading, boolean normalizing) {
        if (reading.pieces.isEmpty()) {
            return "the SentencePiece model has no pieces";
        }
        if (reading.algorithm != BPE) {
            return "the SentencePiece model is of type " + reading.algorithm + "; only BPE (2) can be read";
        }
        if (!normalizing && reading.characters.length > 0) {
            return "the SentencePiece model replaces characters before it cuts, which cannot be followed";
        }
        if (!normalizing && reading.dropsSpaces || !reading.escapesSpaces || reading.spacesBehind) {
            return "the SentencePiece model does not keep spaces as they are, which cannot be followed";
        }
        if (reading.pieces.stream().anyMatch(piece -> piece.kind == Kind.UNUSED)) {
            return "the SentencePiece model has unused pieces, which cannot be followed";
        }
        return null;
    }

    private static void read(byte[] bytes, Reading reading) {
        fields(ByteBuffer.wrap(bytes), (field, value) -> {
            switch (field) {
                case 1 -> reading.pieces.add(piece((ByteBuffer) value));
                case 2 ->
                    fields((ByteBuffer) value, (key, setting) -> {
                        switch (key) {
                            case 3 -> reading.algorithm = (Long) setting;
                            case 24 -> reading.spacesBehind = (Long) setting != 0;
                            case 35 -> reading.byteFallback = (Long) setting != 0;
                            default -> {}
                        }
                    });
                case 3 ->
                    fields((ByteBuffer) value, (key, setting) -> {
                        switch (key) {
                            case 2 -> {
                                ByteBuffer map = (ByteBuffer) setting;
                                reading.characters = new byte[map.remaining()];
                                map.get(reading.characters);
                            }
                            case 3 -> reading.spaceBefore = (Long) setting != 0;
                            case 4 -> reading.dropsSpaces = (Long) setting != 0;
                            case 5 -> reading.escapesSpaces = (Long) setting != 0;
                            default -> {}
                        }
                    });
                default -> {}
            }
        });
    }

    private static Piece piece(ByteBuffer message) {
        Object[] parts = {"", 0f, Kind.NORMAL};
        fields(message, (field, value) -> {
            switch (field) {
                case 1 ->
                    parts[0] = StandardCharsets.UTF_8.decode((ByteBuffer) value).toString();
                case 2 -> parts[1] = Float.intBitsToFloat(((Long) value).intValue());
                case 3 -> parts[2] = Kind.values()[((Long) value).intValue() - 1];
                default -> {}
            }
        });
        return new Piece((String) parts[0], (Float) parts[1], (Kind) parts[2]);
    }

    /** Hands out number and value of each field: a {@code Long}, or a {@code ByteBuffer} of a text or message. */
    private static void fields(ByteBuffer message, BiConsumer<Integer, Object> consumer) {
        message.order(ByteOrder.LITTLE_ENDIAN);
        while (message.hasRemaining()) {
            long tag = varint(message);
            Object value = switch ((int) tag & 7) {
                case 0 -> varint(message);
                case 1 -> message.getLong();
                case 2 -> {
                    int length = Math.toIntExact(varint(message));
                    ByteBuffer part = message.slice(message.position(), length);
                    message.position(message.position() + length);
                    yield part;
                }
                case 5 -> (long) message.getInt();
                default -> throw new IllegalArgumentException("unknown wire type " + (tag & 7));
            };
            consumer.accept((int) (tag >>> 3), value);
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than 64 bits");
    }
}
