package io.bantam.trainer;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The shape of the house: which way imports point, and who may talk to the terminal. */
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.bantam");

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }

    @Test
    void allThreeModulesAreLookedAt() {
        assertTrue(CLASSES.stream().anyMatch(resideInAnyPackage("io.bantam.runtime..")));
        assertTrue(CLASSES.stream().anyMatch(resideInAnyPackage("io.bantam.compression..")));
        assertTrue(CLASSES.stream().anyMatch(resideInAnyPackage("io.bantam.trainer..")));
    }

    @Test
    void runtimeNeedsNothingButTheJdk() {
        check(classes()
                .that()
                .resideInAPackage("io.bantam.runtime..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.bantam.runtime..", "java..", "jdk..", "com.sun.net.httpserver.."));
    }

    @Test
    void compressionNeedsRuntimeAndTheApiOfDjl() {
        check(classes()
                .that()
                .resideInAPackage("io.bantam.compression..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.bantam.compression..", "io.bantam.runtime..", "ai.djl..", "java..")
                .allowEmptyShould(true));
        check(noClasses()
                .that()
                .resideInAPackage("io.bantam.compression..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.djl.pytorch..", "ai.djl.huggingface..")
                .allowEmptyShould(true));
    }

    @Test
    void packagesHaveNoCycles() {
        check(slices().matching("io.bantam.(runtime|compression|trainer).(**)")
                .should()
                .beFreeOfCycles());
    }

    @Test
    void nothingDependsOnTheCommandLine() {
        check(noClasses()
                .that(resideOutsideOfPackages("io.bantam.trainer.cli.."))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.bantam.trainer.cli.."));
    }

    @Test
    void onlyTheCommandLineUsesTheStandardStreams() {
        check(noClasses()
                .that(resideOutsideOfPackages("io.bantam.trainer.cli.."))
                .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS));
    }

    @Test
    void onlyMainEndsTheProcess() {
        check(noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.bantam.trainer.cli.Main")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class));
    }

    @Test
    void nobodyPrintsStackTraces() {
        check(noClasses()
                .should()
                .callMethod(Throwable.class, "printStackTrace")
                .because("traces go to the log"));
    }

    @Test
    void instanceFieldsAreNotPublic() {
        check(noFields().that().areNotStatic().should().bePublic());
    }

    @Test
    void publicStaticFieldsAreConstants() {
        check(fields().that().arePublic().should().beFinal());
    }

    @Test
    void exceptionsForUsersAreBantamExceptions() {
        check(classes()
                .that()
                .resideInAPackage("io.bantam.trainer..")
                .and()
                .arePublic()
                .and()
                .areAssignableTo(RuntimeException.class)
                .should()
                .beAssignableTo(BantamException.class));
    }

    @Test
    void namesSayWhatAClassIs() {
        check(noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Manager|Helper|Impl)")
                .because("these words say nothing"));
    }

    @Test
    void publicClassesThatAreNotMadeForInheritanceAreFinal() {
        List<String> open = new ArrayList<>();
        CLASSES.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> !type.isInterface() && !type.isEnum() && !type.isRecord())
                .filter(type -> !type.getModifiers().contains(JavaModifier.FINAL)
                        && !type.getModifiers().contains(JavaModifier.ABSTRACT))
                .filter(type -> !type.isAssignableTo(Throwable.class))
                .filter(type -> !type.reflect().isSealed())
                .forEach(type -> open.add(type.getName()));
        assertEquals(List.of(), open, "public classes that are neither final, abstract nor sealed");
    }

    @Test
    void everyPackageSaysWhatItIsFor() throws IOException {
        List<Path> without = new ArrayList<>();
        for (String module : List.of("runtime", "compression", "trainer")) {
            Path sources = ProjectFiles.root().resolve(module).resolve("src/main/java");
            try (Stream<Path> folders = Files.walk(sources)) {
                for (Path folder : folders.filter(Files::isDirectory).toList()) {
                    if (hasJava(folder) && !Files.exists(folder.resolve("package-info.java"))) {
                        without.add(folder);
                    }
                }
            }
        }
        assertEquals(List.of(), without, "packages without package-info.java");
    }

    private static boolean hasJava(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".java"));
        }
    }
}
