package io.bantam.trainer.data;

/** A set of hashes in one array: open addressing, a quarter of the memory of boxed ones. */
final class LongSet {

    private long[] table = new long[1 << 10];
    private int size;

    boolean contains(long value) {
        return table[slot(table, nonZero(value))] != 0;
    }

    void add(long value) {
        long key = nonZero(value);
        int slot = slot(table, key);
        if (table[slot] != 0) {
            return;
        }
        table[slot] = key;
        if (2 * ++size > table.length) {
            grow();
        }
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] larger = new long[2 * table.length];
        for (long key : table) {
            if (key != 0) {
                larger[slot(larger, key)] = key;
            }
        }
        table = larger;
    }

    private static int slot(long[] table, long key) {
        int mask = table.length - 1;
        int slot = (int) mix(key) & mask;
        while (table[slot] != 0 && table[slot] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    /** Zero marks a free place, so it shares the place of another value. */
    private static long nonZero(long value) {
        return value == 0 ? 1 : value;
    }

    /** Spreads every bit of a value over all bits (the finaliser of MurmurHash3). */
    static long mix(long value) {
        long x = value;
        x = (x ^ x >>> 33) * 0xFF51AFD7ED558CCDL;
        x = (x ^ x >>> 33) * 0xC4CEB9FE1A85EC53L;
        return x ^ x >>> 33;
    }
}
