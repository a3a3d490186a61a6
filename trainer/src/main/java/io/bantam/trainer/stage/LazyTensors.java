package io.bantam.trainer.stage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Tensors by name that are made each time they are asked for, and not kept: those of a model that should not lie in
 * Java's heap. Whoever goes over them should take one at a time. Unmodifiable.
 *
 * @param <V> weights, codes
 */
public sealed class LazyTensors<V> extends AbstractMap<String, V> permits LazyWeights {
    private final Set<String> names;
    private final boolean large;
    private final Maker<V> maker;

    /** Makes or reads a tensor. */
    @FunctionalInterface
    public interface Maker<V> {
        /** Returns the tensor of that name. */
        V make(String name) throws IOException;
    }

    /** @param large whether all of them together are too much for memory */
    public LazyTensors(Set<String> names, boolean large, Maker<V> maker) {
        this.names = Collections.unmodifiableSet(new LinkedHashSet<>(names));
        this.large = large;
        this.maker = maker;
    }

    /** A map that will not change: itself if it is lazy, else a copy. */
    static <V> Map<String, V> copyOf(Map<String, V> tensors) {
        return tensors instanceof LazyTensors ? tensors : Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /** Whether all of them together are too much for memory. */
    boolean areLarge() {
        return large;
    }

    @Override
    public boolean containsKey(Object name) {
        return names.contains(name);
    }

    @Override
    public V get(Object name) {
        return names.contains(name) ? make((String) name) : null;
    }

    private V make(String name) {
        try {
            return maker.make(name);
        } catch (IOException unread) {
            throw new UncheckedIOException(unread);
        }
    }

    @Override
    public Set<String> keySet() {
        return names;
    }

    @Override
    public int size() {
        return names.size();
    }

    @Override
    public Set<Entry<String, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, V>> iterator() {
                Iterator<String> each = names.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return each.hasNext();
                    }

                    @Override
                    public Entry<String, V> next() {
                        String name = each.next();
                        return new SimpleImmutableEntry<>(name, make(name));
                    }
                };
            }

            @Override
            public int size() {
                return names.size();
            }
        };
    }
}
