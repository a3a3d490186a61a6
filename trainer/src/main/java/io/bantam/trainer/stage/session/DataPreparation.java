package io.bantam.trainer.stage.session;

import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.Sha256;
import io.bantam.trainer.data.BundledCorpus;
import io.bantam.trainer.data.CodeXGlueCorpus;
import io.bantam.trainer.data.Corpus;
import io.bantam.trainer.data.CorpusPreparation;
import io.bantam.trainer.data.CorpusSequence;
import io.bantam.trainer.data.CorpusStatistics;
import io.bantam.trainer.data.CutRule;
import io.bantam.trainer.data.Document;
import io.bantam.trainer.data.FolderCorpus;
import io.bantam.trainer.data.JsonLinesCorpus;
import io.bantam.trainer.data.NormalTextCorpus;
import io.bantam.trainer.data.PreparedCorpus;
import io.bantam.trainer.data.SampleCutter;
import io.bantam.trainer.data.SequencePacker;
import io.bantam.trainer.data.TokenBatches;
import io.bantam.trainer.data.TokenFile;
import io.bantam.trainer.evaluation.LineSample;
import io.bantam.trainer.recipe.Data;
import io.bantam.trainer.recipe.Evaluation;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.Source;
import io.bantam.trainer.recipe.Teacher;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.stage.Fingerprints;
import io.bantam.trainer.stage.RunData;
import io.bantam.trainer.tokenizer.BpeTrainer;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import io.bantam.trainer.tokenizer.TokenizerJson;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Reads, splits and encodes a run's text, in the form that its models read. Owns the tokenizer and the encoded files.
 */
final class DataPreparation implements Preparation {
    private static final String FOLDER = RunFolder.DATA_FOLDER;
    private static final int LARGEST_VALIDATION = 64;
    private static final int LARGEST_TEST_TOKENS = 40_000;

    private final Recipe recipe;
    private final Path folder;
    private final ProgressListener progress;
    private final PreparedCorpus corpus;
    private final TextForm form;
    private CodeTokenizer tokenizer;
    private TokenFile training;
    private TokenFile validation;

    DataPreparation(Recipe recipe, Path runFolder, ProgressListener progress) throws IOException {
        this.recipe = recipe;
        this.folder = runFolder.resolve(FOLDER);
        this.progress = progress;
        Data data = recipe.data();
        Optional<Path> teacher = recipe.teacher().checkpoint();
        this.form = data.form().isPresent() || teacher.isEmpty()
                ? data.form().orElse(TextForm.PY150)
                : CodeTokenizer.formOf(teacher.get());
        progress.message(FOLDER + ": " + describe(form, data.form().isPresent()));
        long limit = data.limitMegabytes().map(m -> (long) (m * 1e6)).orElse(Long.MAX_VALUE);
        progress.message(FOLDER + ": reading the corpus");
        this.corpus = new CorpusPreparation(
                        data.split().validation(), data.split().test(), limit)
                .prepare(corpus(data.source(), form));
        CorpusStatistics found = corpus.statistics();
        progress.message(String.format(
                Locale.ROOT,
                "%s: kept %.1f MB of %,d files, %,d of them shortened; left out %,d copies, %,d near copies, %,d"
                        + " without use, %,d over the limit",
                FOLDER,
                found.keptBytes() / 1e6,
                found.filesRead(),
                found.shortened(),
                found.copies(),
                found.nearDuplicates(),
                found.unusable() + found.tables(),
                found.overLimit()));
    }

    private static String describe(TextForm form, boolean chosen) {
        return switch (form) {
            case PY150 -> "text in PY150's normal form";
            case PLAIN -> chosen ? "plain text" : "plain text, since the teacher's tokenizer has not PY150's tokens";
        };
    }

    private static Corpus corpus(Source source, TextForm form) {
        return switch (source) {
            case Source.Bundled bundled -> BundledCorpus.locate(form);
            case Source.Folder files -> new FolderCorpus(files.path(), files.extensions(), files.tests(), form);
            case Source.Text text -> new NormalTextCorpus(text.path());
            case Source.JsonLines lines -> new JsonLinesCorpus(lines.path(), lines.field(), form);
            case Source.CodeXGlue codexglue -> new CodeXGlueCorpus(codexglue.path());
            case Source.Labelled _, Source.Pairs _ -> throw new IllegalStateException("the recipe was not checked");
            case Source.Several several ->
                new CorpusSequence(
                        several.sources().stream().map(one -> corpus(one, form)).toList());
        };
    }

    /** The loaded teacher's tokenizer, or one trained on the training text, kept for a resumed run. */
    @Override
    public CodeTokenizer tokenizer() throws IOException {
        if (tokenizer == null) {
            tokenizer = switch (recipe.teacher()) {
                case Teacher.Load load -> loaded(load.path());
                case Teacher.FineTune start -> loaded(start.path());
                case Teacher.Train train -> trained(train.tokenizer().vocabularySize());
            };
        }
        return tokenizer;
    }

    /** The tokenizer of a teacher, which has to go into packed files in the end. */
    private static CodeTokenizer loaded(Path path) throws IOException {
        CodeTokenizer opened = CodeTokenizer.open(path);
        opened.requirePackable();
        return opened;
    }

    private CodeTokenizer trained(int vocabularySize) throws IOException {
        Path file = folder.resolve(CodeTokenizer.FILE_NAME);
        if (!Files.exists(file)) {
            Files.createDirectories(folder);
            progress.message(FOLDER + ": training a tokenizer of " + vocabularySize + " entries");
            List<String> texts = corpus.training().stream().map(Document::text).toList();
            Path temporary = folder.resolve(CodeTokenizer.FILE_NAME + ".tmp");
            TokenizerJson.write(new BpeTrainer(special(), vocabularySize).train(texts), temporary);
            Files.move(temporary, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        }
        return CodeTokenizer.open(file);
    }

    private SpecialTokens special() {
        return form == TextForm.PLAIN ? SpecialTokens.plain() : SpecialTokens.py150();
    }

    /** Encodes the splits and draws the samples. */
    @Override
    public RunData prepare(CodeTokenizer tokens) throws IOException {
        FileEncoder encoder = FileEncoder.of(form, tokens, recipe.teacher().checkpoint());
        int row = recipe.data().sequenceLength() + 1;
        Files.createDirectories(folder);
        training = encoded(encoder, corpus.training(), "training.ids");
        validation = encoded(
                encoder, corpus.validation().isEmpty() ? corpus.training() : corpus.validation(), "validation.ids");
        SequencePacker sequences = new SequencePacker(training, row);
        progress.message(String.format(
                Locale.ROOT,
                "%s: %,d training tokens in %,d sequences of %d",
                FOLDER,
                training.size(),
                sequences.count(),
                recipe.data().sequenceLength()));
        List<LineSample> samples = samples();
        return new RunData(
                (start, rows) -> new PackedBatches(new TokenBatches(sequences, rows, recipe.seed()), start),
                (count, seed) ->
                        seed.isPresent() ? drawn(sequences, count, seed.getAsLong()) : spread(sequences, count),
                spread(new SequencePacker(validation, (int) Math.min(row, validation.size())), LARGEST_VALIDATION),
                test(encoder),
                samples,
                dataSet(samples),
                Fingerprints.of(tokens.sha256(), Integer.toString(row), Sha256.of(folder.resolve("training.ids"))),
                encoder.marks(),
                List.of(),
                Optional.of(form));
    }

    private TokenFile encoded(FileEncoder encoder, List<Document> documents, String name) {
        Path file = folder.resolve(name);
        TokenFile.write(file, documents, encoder::encodeAll, encoder.vocabularySize());
        return TokenFile.open(file);
    }

    /** Returns as many sequences as asked for, or all there are, at equal distances. */
    private static List<int[]> spread(SequencePacker from, int count) {
        int taken = Math.min(count, from.count());
        return IntStream.range(0, taken)
                .mapToObj(i -> copy(from, (int) ((long) i * from.count() / taken)))
                .toList();
    }

    /** Returns as many different sequences as asked for, or all there are, drawn by a seed. */
    private static List<int[]> drawn(SequencePacker from, int count, long seed) {
        int taken = Math.min(count, from.count());
        return new Random(seed)
                .ints(0, from.count())
                .distinct()
                .limit(taken)
                .mapToObj(i -> copy(from, i))
                .toList();
    }

    private static int[] copy(SequencePacker from, int index) {
        int[] sequence = new int[from.sequenceLength()];
        from.copy(index, sequence, 0);
        return sequence;
    }

    private List<int[]> test(FileEncoder encoder) {
        List<Document> documents = corpus.test().isEmpty() ? corpus.validation() : corpus.test();
        List<int[]> files = new ArrayList<>();
        int tokens = 0;
        for (Document document : documents.isEmpty() ? corpus.training() : documents) {
            if (tokens >= LARGEST_TEST_TOKENS) {
                break;
            }
            int[] file = encoder.encode(document.text());
            if (file.length > 1) {
                files.add(java.util.Arrays.copyOf(file, Math.min(file.length, LARGEST_TEST_TOKENS - tokens + 2)));
                tokens += files.getLast().length;
            }
        }
        return files;
    }

    private List<LineSample> samples() {
        Evaluation evaluation = recipe.evaluation();
        return switch (evaluation.rule()) {
            case RANDOM_CUT ->
                new SampleCutter(CutRule.RANDOM_CUT, recipe.seed()).cut(corpus.test(), evaluation.samples());
            case LAST_LINE ->
                new SampleCutter(CutRule.LAST_LINE, recipe.seed()).cut(corpus.test(), evaluation.samples());
            case FILE -> LineSample.read(evaluation.file().orElseThrow(), evaluation.samples());
        };
    }

    private static String files(List<LineSample> samples) {
        long files = samples.stream()
                .map(sample -> sample.id().substring(sample.id().indexOf(':') + 1))
                .distinct()
                .count();
        return files + (files == 1 ? " file" : " files");
    }

    private String dataSet(List<LineSample> samples) {
        return switch (recipe.evaluation().rule()) {
            case RANDOM_CUT -> recipe.name() + " test split, random cuts of " + files(samples);
            case LAST_LINE -> recipe.name() + " test split, last lines";
            case FILE -> recipe.evaluation().file().orElseThrow().getFileName().toString();
        };
    }

    @Override
    public void close() {
        if (training != null) {
            training.close();
        }
        if (validation != null) {
            validation.close();
        }
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
