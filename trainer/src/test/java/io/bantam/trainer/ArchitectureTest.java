package io.bantam.trainer;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import io.bantam.runtime.format.Scheme;
import io.bantam.trainer.model.PartialWeights;
import java.io.IOException;
import java.net.Socket;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The structure of the code: which way imports point, one rule for each promise of a {@code package-info}, and who may
 * write to the terminal.
 */
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.bantam");

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }

    /** Checks what a package uses of this project: only the packages allowed, itself included. */
    private static void usesOnly(String from, String... allowed) {
        usesOnly(from, resideInAnyPackage(allowed));
    }

    private static void usesOnly(String from, DescribedPredicate<JavaClass> allowed) {
        check(noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat(resideInAPackage("io.bantam..").and(not(allowed)))
                .because("the package-info of " + from + " promises it"));
    }

    private static void usesNone(String from, String... forbidden) {
        check(noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .because("the package-info of " + from + " promises it"));
    }

    private static void needsTheJdkAlone(String from) {
        check(classes()
                .that()
                .resideInAPackage(from)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(from, "java..")
                .because("the package-info of " + from + " promises it"));
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
    void formatNeedsTheJdkAlone() {
        needsTheJdkAlone("io.bantam.runtime.format");
    }

    @Test
    void kernelsKnowOnlyTheFormat() {
        usesOnly("io.bantam.runtime.kernel", "io.bantam.runtime.kernel", "io.bantam.runtime.format");
    }

    @Test
    void theRuntimesModelsKnowNothingOfText() {
        usesOnly(
                "io.bantam.runtime.model",
                "io.bantam.runtime.model",
                "io.bantam.runtime.format",
                "io.bantam.runtime.kernel");
    }

    @Test
    void pythonKnowsOnlyTheFormat() {
        usesOnly("io.bantam.runtime.python", "io.bantam.runtime.python", "io.bantam.runtime.format");
    }

    @Test
    void theRuntimesTokenizerKnowsOnlyTheFormat() {
        usesOnly("io.bantam.runtime.tokenizer", "io.bantam.runtime.tokenizer", "io.bantam.runtime.format");
    }

    @Test
    void completionDoesNotKnowTheServer() {
        usesNone("io.bantam.runtime.completion", "io.bantam.runtime.serve..");
    }

    @Test
    void rangesDoNotKnowTheQuantizers() {
        usesOnly("io.bantam.compression.range", "io.bantam.compression.range");
    }

    @Test
    void fakeQuantizedBlocksKnowOnlyTheQuantizers() {
        usesOnly("io.bantam.compression.block", "io.bantam.compression.block", "io.bantam.compression.quantizer");
    }

    @Test
    void layerReductionNeedsTheJdkAlone() {
        needsTheJdkAlone("io.bantam.compression.reduction");
    }

    @Test
    void methodsOnMatricesDoNotKnowAnArchitecture() {
        usesOnly(
                "io.bantam.compression.ptq",
                resideInAnyPackage(
                                "io.bantam.compression.ptq",
                                "io.bantam.compression.quantizer",
                                "io.bantam.compression.range")
                        .or(belongToAnyOf(Scheme.class)));
    }

    @Test
    void exportersUseNoTensorLibrary() {
        usesOnly(
                "io.bantam.compression.export",
                "io.bantam.compression.export",
                "io.bantam.compression.quantizer",
                "io.bantam.compression.range",
                "io.bantam.compression.ptq",
                "io.bantam.runtime..");
        usesNone("io.bantam.compression.export", "ai.djl..");
    }

    @Test
    void whatAllOfTheTrainerNeedsDependsOnNoneOfIt() {
        usesOnly("io.bantam.trainer", "io.bantam.trainer");
    }

    @Test
    void recipeKeysNeedTheJdkAlone() {
        needsTheJdkAlone("io.bantam.trainer.recipe.key");
    }

    @Test
    void recipesKnowNoModelOrTensor() {
        usesOnly(
                "io.bantam.trainer.recipe",
                "io.bantam.trainer.recipe",
                "io.bantam.trainer.recipe.key",
                "io.bantam.trainer",
                "io.bantam.compression.quantizer",
                "io.bantam.compression.range",
                "io.bantam.runtime.format",
                "io.bantam.trainer.ptq",
                "io.bantam.trainer.hub",
                "io.bantam.trainer.tokenizer");
        usesNone("io.bantam.trainer.recipe", "ai.djl..");
    }

    @Test
    void methodsKnowNoRecipeButTheMarksOfKeys() {
        usesOnly(
                "io.bantam.trainer.ptq",
                "io.bantam.trainer.ptq",
                "io.bantam.trainer.recipe.key",
                "io.bantam.trainer",
                "io.bantam.trainer.model",
                "io.bantam.trainer.engine",
                "io.bantam.trainer.hub",
                "io.bantam.compression..",
                "io.bantam.runtime.format");
    }

    @Test
    void dataKnowsNoTensorLibraryAndNoRecipe() {
        usesOnly(
                "io.bantam.trainer.data",
                "io.bantam.trainer.data",
                "io.bantam.trainer",
                "io.bantam.trainer.evaluation",
                "io.bantam.runtime..");
        usesNone("io.bantam.trainer.data", "ai.djl..");
    }

    @Test
    void tokenizersKnowNoModelTensorOrRecipe() {
        usesOnly(
                "io.bantam.trainer.tokenizer",
                "io.bantam.trainer.tokenizer",
                "io.bantam.trainer",
                "io.bantam.runtime..");
        usesNone("io.bantam.trainer.tokenizer", "ai.djl.ndarray..", "ai.djl.nn..", "ai.djl.inference..");
    }

    @Test
    void hubUsesNoTensorLibrary() {
        usesOnly(
                "io.bantam.trainer.hub",
                resideInAnyPackage(
                                "io.bantam.trainer.hub",
                                "io.bantam.trainer",
                                "io.bantam.trainer.tokenizer",
                                "io.bantam.runtime.format")
                        .or(belongToAnyOf(PartialWeights.class)));
        usesNone("io.bantam.trainer.hub", "ai.djl..");
    }

    @Test
    void onlyPullOpensConnections() {
        check(noClasses()
                .that(resideOutsideOfPackages("io.bantam.trainer.pull"))
                .should()
                .dependOnClassesThat(resideInAPackage("java.net.http..")
                        .or(assignableTo(URLConnection.class))
                        .or(assignableTo(Socket.class))
                        .or(assignableTo(SocketChannel.class)))
                .orShould()
                .callMethod(URL.class, "openStream")
                .orShould()
                .callMethod(URL.class, "openConnection"));
    }

    @Test
    void pullKnowsNothingOfWhatItFetches() {
        usesOnly("io.bantam.trainer.pull", "io.bantam.trainer.pull", "io.bantam.trainer");
    }

    @Test
    void evaluationKnowsNoTensorLibraryRecipeOrStage() {
        usesOnly(
                "io.bantam.trainer.evaluation",
                "io.bantam.trainer.evaluation",
                "io.bantam.trainer",
                "io.bantam.runtime..");
        usesNone("io.bantam.trainer.evaluation", "ai.djl..");
    }

    @Test
    void functionalKnowsNoTensorLibraryRecipeOrStage() {
        usesOnly(
                "io.bantam.trainer.functional",
                "io.bantam.trainer.functional",
                "io.bantam.trainer.evaluation",
                "io.bantam.trainer.sandbox",
                "io.bantam.runtime..");
        usesNone("io.bantam.trainer.functional", "ai.djl..");
    }

    @Test
    void sandboxUsesOnlyTheExceptionsOfUsers() {
        usesOnly(
                "io.bantam.trainer.sandbox",
                resideInAPackage("io.bantam.trainer.sandbox").or(belongToAnyOf(BantamException.class)));
        check(classes()
                .that()
                .resideInAPackage("io.bantam.trainer.sandbox")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "io.bantam.."));
    }

    @Test
    void robustnessKnowsNothingOfTheProject() {
        usesOnly("io.bantam.trainer.robustness", "io.bantam.trainer.robustness");
    }

    @Test
    void reportsKnowNoModelEngineOrRecipe() {
        usesOnly(
                "io.bantam.trainer.report",
                "io.bantam.trainer.report",
                "io.bantam.trainer.report.chart",
                "io.bantam.trainer.evaluation",
                "io.bantam.trainer");
        usesNone("io.bantam.trainer.report", "ai.djl..");
    }

    @Test
    void chartsNeedTheJdkAlone() {
        needsTheJdkAlone("io.bantam.trainer.report.chart");
    }

    @Test
    void searchNeedsTheJdkAlone() {
        needsTheJdkAlone("io.bantam.trainer.search");
    }

    @Test
    void migrationsKnowNoRecipe() {
        usesOnly(
                "io.bantam.trainer.migrate",
                "io.bantam.trainer.migrate",
                "io.bantam.trainer",
                "io.bantam.runtime.format");
    }

    @Test
    void theZooKnowsNoRecipeStageOrEngine() {
        usesOnly(
                "io.bantam.trainer.zoo",
                "io.bantam.trainer.zoo",
                "io.bantam.trainer",
                "io.bantam.trainer.hub",
                "io.bantam.trainer.tokenizer",
                "io.bantam.trainer.report",
                "io.bantam.runtime..");
    }

    @Test
    void trainableModelsKnowNoRecipe() {
        usesOnly(
                "io.bantam.trainer.model",
                "io.bantam.trainer.model",
                "io.bantam.trainer.engine",
                "io.bantam.compression.quantizer",
                "io.bantam.runtime.format",
                "io.bantam.trainer");
    }

    @Test
    void theEngineKnowsArraysOnly() {
        usesOnly("io.bantam.trainer.engine", "io.bantam.trainer.engine", "io.bantam.trainer");
    }

    @Test
    void distillationKnowsNoRecipeLoopOrStage() {
        usesOnly(
                "io.bantam.trainer.distill",
                "io.bantam.trainer.distill",
                "io.bantam.trainer",
                "io.bantam.trainer.model",
                "io.bantam.trainer.engine",
                "io.bantam.runtime.format");
    }

    @Test
    void trainingKnowsNoRecipe() {
        usesOnly(
                "io.bantam.trainer.train",
                "io.bantam.trainer.train",
                "io.bantam.trainer",
                "io.bantam.trainer.model",
                "io.bantam.trainer.engine",
                "io.bantam.trainer.distill",
                "io.bantam.runtime.format");
    }

    @Test
    void benchmarksKnowNoRecipeOrStage() {
        usesNone(
                "io.bantam.trainer.bench",
                "io.bantam.trainer.recipe..",
                "io.bantam.trainer.stage..",
                "io.bantam.trainer.cli..");
    }

    @Test
    void whatStagesShareDependsOnNoStage() {
        usesNone(
                "io.bantam.trainer.stage",
                "io.bantam.trainer.stage.reduce..",
                "io.bantam.trainer.stage.distill..",
                "io.bantam.trainer.stage.ptq..",
                "io.bantam.trainer.stage.export..",
                "io.bantam.trainer.stage.evaluate..",
                "io.bantam.trainer.stage.session..",
                "io.bantam.trainer.stage.search..");
    }

    @Test
    void eachKindOfStageKnowsNoOther() {
        usesNone(
                "io.bantam.trainer.stage.reduce",
                "io.bantam.trainer.stage.distill..",
                "io.bantam.trainer.stage.ptq..",
                "io.bantam.trainer.stage.export..",
                "io.bantam.trainer.stage.evaluate..",
                "io.bantam.trainer.stage.session..",
                "io.bantam.trainer.stage.search..");
        usesNone(
                "io.bantam.trainer.stage.distill",
                "io.bantam.trainer.stage.reduce..",
                "io.bantam.trainer.stage.ptq..",
                "io.bantam.trainer.stage.export..",
                "io.bantam.trainer.stage.evaluate..",
                "io.bantam.trainer.stage.session..",
                "io.bantam.trainer.stage.search..");
        usesNone(
                "io.bantam.trainer.stage.ptq",
                "io.bantam.trainer.stage.reduce..",
                "io.bantam.trainer.stage.distill..",
                "io.bantam.trainer.stage.export..",
                "io.bantam.trainer.stage.evaluate..",
                "io.bantam.trainer.stage.session..",
                "io.bantam.trainer.stage.search..");
        usesNone(
                "io.bantam.trainer.stage.export",
                "io.bantam.trainer.stage.reduce..",
                "io.bantam.trainer.stage.distill..",
                "io.bantam.trainer.stage.ptq..",
                "io.bantam.trainer.stage.evaluate..",
                "io.bantam.trainer.stage.session..",
                "io.bantam.trainer.stage.search..");
    }

    @Test
    void evaluationOfVariantsKnowsOnlyTheExport() {
        usesNone(
                "io.bantam.trainer.stage.evaluate",
                "io.bantam.trainer.stage.reduce..",
                "io.bantam.trainer.stage.distill..",
                "io.bantam.trainer.stage.ptq..",
                "io.bantam.trainer.stage.session..",
                "io.bantam.trainer.stage.search..");
    }

    @Test
    void theSessionDoesNotKnowTheSearch() {
        usesNone("io.bantam.trainer.stage.session", "io.bantam.trainer.stage.search..");
    }

    @Test
    void onlyTheCommandLineKnowsTheSearch() {
        check(noClasses()
                .that(resideOutsideOfPackages("io.bantam.trainer.cli..", "io.bantam.trainer.stage.search"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.bantam.trainer.stage.search"));
    }

    @Test
    void theTerminalKnowsNoCommand() {
        usesNone(
                "io.bantam.trainer.cli.terminal",
                "io.bantam.trainer.cli",
                "io.bantam.trainer.cli.commands..",
                "io.bantam.trainer.cli.measures..",
                "io.bantam.trainer.cli.models..");
    }

    @Test
    void modelArgumentsKnowNoCommandOrMeasure() {
        usesNone(
                "io.bantam.trainer.cli.models",
                "io.bantam.trainer.cli",
                "io.bantam.trainer.cli.commands..",
                "io.bantam.trainer.cli.measures..");
    }

    @Test
    void measuresKnowNoCommand() {
        usesNone("io.bantam.trainer.cli.measures", "io.bantam.trainer.cli", "io.bantam.trainer.cli.commands..");
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
