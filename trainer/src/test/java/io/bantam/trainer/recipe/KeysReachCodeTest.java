package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.bantam.trainer.recipe.key.Key;
import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A key that nobody reads looks as if it did something. Class files show who calls a record's accessors: by name, by
 * method reference, through an interface, or by taking a record apart in a pattern.
 */
class KeysReachCodeTest {
    /** Keys without a reader outside this package. */
    private static final Set<String> EXCEPTIONS = Set.of(
            // There is one version so far, and the key's range refuses others.
            "Recipe.version",
            // Ptq.chosen makes the method of it, and of the method's keys.
            "Ptq.method",
            // Asked by Width.names and ActivationWidth.names, which those who quantize call.
            "Ptq.Width.include",
            "Ptq.ActivationWidth.include",
            // SearchSpace makes candidates of these lists, each a whole Ptq stage.
            "Search.bits",
            "Search.granularity",
            "Search.methods",
            "Search.embedding",
            "Search.activations",
            "Search.calibration");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.bantam");

    @Test
    void everyKeyIsReadByWhatRunsARecipe() {
        Set<String> unread = new TreeSet<>();
        for (Class<?> type : records()) {
            for (RecordComponent key : type.getRecordComponents()) {
                if (readers(type, key.getName()).stream().allMatch(KeysReachCodeTest::isInThisPackage)) {
                    unread.add(name(type) + "." + key.getName());
                }
            }
        }
        assertEquals(new TreeSet<>(EXCEPTIONS), unread, "keys that nothing outside this package reads");
    }

    private static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    }

    /**
     * Interfaces that several records share make quantizers of their keys, which stages call: they count as code that
     * runs.
     */
    private static boolean isInThisPackage(JavaClass reader) {
        return reader.getPackageName().equals(KeysReachCodeTest.class.getPackageName()) && !reader.isInterface();
    }

    /** Classes beside the record itself that call an accessor, or the method of an interface that it implements. */
    private static List<JavaClass> readers(Class<?> type, String accessor) {
        List<JavaClass> owners = new ArrayList<>(List.of(CLASSES.get(type)));
        owners.addAll(CLASSES.get(type).getAllRawInterfaces());
        return owners.stream()
                .flatMap(owner -> owner.tryGetMethod(accessor).stream())
                .map(JavaMethod::getAccessesToSelf)
                .flatMap(Set::stream)
                .map(access -> access.getOriginOwner())
                .filter(reader -> !reader.isEquivalentTo(type))
                .toList();
    }

    /** The records that a recipe is made of. */
    private static Set<Class<?>> records() {
        Deque<Class<?>> types = new ArrayDeque<>(List.of(Recipe.class));
        Set<Class<?>> seen = new LinkedHashSet<>();
        while (!types.isEmpty()) {
            Class<?> type = types.pop();
            if (!seen.add(type)) {
                continue;
            }
            if (Kinds.pickedByKind(type)) {
                types.addAll(Kinds.records(type));
            }
            if (isOfKeys(type)) {
                for (RecordComponent component : type.getRecordComponents()) {
                    for (String part : component.getGenericType().getTypeName().split("[<>, ]+")) {
                        if (part.startsWith(KeysReachCodeTest.class.getPackageName())) {
                            types.add(named(part));
                        }
                    }
                }
            }
        }
        seen.removeIf(type -> !isOfKeys(type));
        assertTrue(seen.contains(Ptq.Calibration.class) && seen.contains(Loss.Labels.class), seen::toString);
        return seen;
    }

    private static boolean isOfKeys(Class<?> type) {
        return type.isRecord()
                && type.getRecordComponents().length > 0
                && type.getRecordComponents()[0].isAnnotationPresent(Key.class);
    }

    private static Class<?> named(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
