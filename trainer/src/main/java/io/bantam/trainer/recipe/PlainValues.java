package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.RecordShape;
import io.bantam.trainer.recipe.key.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The reverse of {@link Binder}: records as maps, lists, words and numbers. */
final class PlainValues {
    private final Function<Path, String> paths;
    private final boolean resultOnly;

    /** @param paths how a path is written */
    PlainValues(Function<Path, String> paths) {
        this(paths, false);
    }

    /** @param resultOnly whether to leave out what cannot change a stage's result, see {@link Key#result} */
    PlainValues(Function<Path, String> paths, boolean resultOnly) {
        this.paths = paths;
        this.resultOnly = resultOnly;
    }

    /** Returns a Map, List, String, Number, Boolean or null. */
    Object of(Object value) {
        return switch (value) {
            case Optional<?> optional -> optional.map(this::of).orElse(null);
            case WeightBits bits -> new ValueSyntax.Bits().write(bits);
            case Granularity granularity -> new ValueSyntax.Scales().write(granularity);
            case LayerChoice layers -> new ValueSyntax.Layers().write(layers);
            case Record record -> record(record);
            case Enum<?> constant -> Words.of(constant);
            case Path path -> paths.apply(path);
            case List<?> list -> list(list);
            case Map<?, ?> map -> map(map);
            default -> value;
        };
    }

    private Map<String, Object> record(Record record) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (record.getClass().isAnnotationPresent(Kind.class)) {
            map.put("kind", Kinds.word(record.getClass()));
        }
        for (RecordShape.Member member : RecordShape.of(record.getClass()).members()) {
            if (member.key().result() || !resultOnly) {
                map.put(member.name(), of(member.valueIn(record)));
            }
        }
        if (resultOnly && record instanceof Training training) {
            // How a step is split into forward passes is a matter of memory: their product alone counts.
            map.keySet().removeAll(List.of("batchSize", "accumulation"));
            map.put("sequencesPerStep", training.sequencesPerStep());
        }
        return map;
    }

    private List<Object> list(List<?> list) {
        List<Object> copy = new ArrayList<>();
        list.forEach(entry -> copy.add(of(entry)));
        return copy;
    }

    private Map<String, Object> map(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put(key.toString(), of(value)));
        return copy;
    }
}
