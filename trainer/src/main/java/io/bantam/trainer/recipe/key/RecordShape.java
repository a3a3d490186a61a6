package io.bantam.trainer.recipe.key;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;

/** The keys of one kind of YAML object, read from the record that holds it. */
public final class RecordShape {
    private static final ClassValue<RecordShape> SHAPES = new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
            return new RecordShape(type);
        }
    };

    private final Class<?> type;
    private final List<Member> members;

    private RecordShape(Class<?> type) {
        this.type = type;
        this.members =
                Arrays.stream(type.getRecordComponents()).map(Member::new).toList();
    }

    /** Returns the shape of a record whose components all carry {@link Key}. */
    public static RecordShape of(Class<?> type) {
        return SHAPES.get(type);
    }

    public List<Member> members() {
        return members;
    }

    public List<String> names() {
        return members.stream().map(Member::name).toList();
    }

    Member member(String name) {
        return members.stream().filter(m -> m.name().equals(name)).findFirst().orElse(null);
    }

    /** Calls the canonical constructor. */
    public Object construct(Object[] values) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            var constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("cannot construct " + type.getName(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot construct " + type.getName(), e);
        }
    }

    /** One key: a record component with its {@link Key}. */
    public record Member(String name, Type type, Key key, RecordComponent component) {
        Member(RecordComponent component) {
            this(component.getName(), component.getGenericType(), component.getAnnotation(Key.class), component);
            if (key == null) {
                throw new IllegalStateException("no @Key on " + component);
            }
        }

        public boolean required() {
            return key.standard().equals(Key.REQUIRED);
        }

        public Object valueIn(Object record) {
            try {
                var accessor = component.getAccessor();
                accessor.setAccessible(true);
                return accessor.invoke(record);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component, e);
            }
        }
    }
}
