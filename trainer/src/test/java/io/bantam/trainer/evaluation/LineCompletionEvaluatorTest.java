package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.evaluation.LineCompletionEvaluator.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineCompletionEvaluatorTest {
    private static final int STOP = 0;

    /** Every character is a token; the stop token is the character 0. */
    private static final TextCodec CHARACTERS = TextCodec.of(
            text -> text.chars().toArray(),
            tokens -> Arrays.stream(tokens).mapToObj(Character::toString).collect(Collectors.joining()));

    /** Repeats the context's last token three times, stops, and goes on, as a careless model might. */
    private static int[] careless(int[] context, int maximumNewTokens, int stopToken) {
        int last = context[context.length - 1];
        return new int[] {last, last, last, stopToken, 'x'};
    }

    @Test
    void scoresEachSampleAndKeepsTheirOrderOnSeveralThreads() {
        List<LineSample> samples = IntStream.range(0, 200)
                .mapToObj(i -> new LineSample(
                        "s" + i, "ab" + (char) ('a' + i % 26), i % 2 == 0 ? "" + (char) ('a' + i % 26) : "?"))
                .toList();
        AtomicInteger models = new AtomicInteger();
        ConcurrentLinkedQueue<Integer> heard = new ConcurrentLinkedQueue<>();
        LineCompletionResult result = new LineCompletionEvaluator(CHARACTERS, new Settings(64, 10, STOP, 3))
                .evaluate(
                        samples,
                        () -> {
                            models.incrementAndGet();
                            return LineCompletionEvaluatorTest::careless;
                        },
                        (done, total) -> {
                            assertEquals(200, total);
                            heard.add(done);
                        });
        assertEquals(IntStream.rangeClosed(1, 200).boxed().toList(), new ArrayList<>(heard));
        assertTrue(models.get() <= 3, "one model a thread, made " + models);
        for (int i = 0; i < 200; i++) {
            LinePrediction prediction = result.predictions().get(i);
            assertEquals("s" + i, prediction.id());
            assertEquals(("" + (char) ('a' + i % 26)).repeat(3), prediction.prediction(), "cut at the stop token");
            assertEquals(3, prediction.newTokens());
            assertEquals(i % 2 == 0 ? 50 : 0, prediction.editSimilarity());
        }
        assertEquals(25, result.editSimilarity());
        assertEquals(0, result.exactMatch());
    }

    @Test
    void theModelSeesTheLastTokensThatLeaveRoomForTheAnswer() {
        List<int[]> seen = new ArrayList<>();
        Completer completer = (context, maximum, stop) -> {
            assertEquals(4, maximum);
            assertEquals(STOP, stop);
            seen.add(context);
            return new int[] {'d', 'o', 'n', 'e', '!'};
        };
        LineCompletionResult result = new LineCompletionEvaluator(CHARACTERS, new Settings(10, 4, STOP, 1))
                .evaluate(
                        List.of(new LineSample("1", "0123456789", "done"), new LineSample("2", "abc", "done")),
                        () -> completer,
                        EvaluationProgress.NONE);
        assertArrayEquals("456789".chars().toArray(), seen.get(0));
        assertArrayEquals("abc".chars().toArray(), seen.get(1));
        assertEquals(100, result.exactMatch(), "no more tokens count than allowed");
        assertArrayEquals(new double[] {100, 100}, result.exactMatchScores());
    }

    @Test
    void predictionsSurviveTheFile(@TempDir Path folder) throws Exception {
        String input = "x".repeat(500) + " last <EOL> \"\u00e9\uD835\uDCB3\" = ";
        LineCompletionResult result = new LineCompletionEvaluator(CHARACTERS, new Settings(1024, 4, STOP, 1))
                .evaluate(
                        List.of(new LineSample("a\"b", input, "\u2028"), new LineSample("2", "in", "")),
                        () -> (context, maximum, stop) -> new int[] {'\n', '"', '\u2028'},
                        EvaluationProgress.NONE);
        Path file = folder.resolve("p.jsonl");
        result.write(file);
        assertEquals(2, Files.readString(file).chars().filter(c -> c == '\n').count());
        assertEquals(result.predictions(), LineCompletionResult.read(file));
        assertEquals(
                "last <EOL> \"\u00e9\uD835\uDCB3\" = ",
                result.predictions().getFirst().context());

        Files.writeString(file, "{\"id\":\"1\"}\n{\"id\":\"1\", \"es\": \"many\"}\n");
        String message = assertThrows(EvaluationException.class, () -> LineCompletionResult.read(file))
                .getMessage();
        assertTrue(message.startsWith(file + ":"), message);
    }

    @Test
    void aFailingModelStopsEverythingWithItsOwnError() {
        List<LineSample> samples = IntStream.range(0, 1000)
                .mapToObj(i -> new LineSample("" + i, "ab", "c"))
                .toList();
        AtomicInteger calls = new AtomicInteger();
        Completer completer = (context, maximum, stop) -> {
            if (calls.incrementAndGet() == 5) {
                throw new ArithmeticException("broken");
            }
            return new int[0];
        };
        LineCompletionEvaluator evaluator = new LineCompletionEvaluator(CHARACTERS, new Settings(8, 2, STOP, 2));
        ArithmeticException error = assertThrows(
                ArithmeticException.class, () -> evaluator.evaluate(samples, () -> completer, EvaluationProgress.NONE));
        assertEquals("broken", error.getMessage());
        assertTrue(calls.get() < 1000, "the rest was not run");
    }

    @Test
    void impossibleSettingsAndEmptyInputsAreRefused() {
        assertThrows(EvaluationException.class, () -> new Settings(100, 100, STOP, 1));
        assertThrows(EvaluationException.class, () -> new Settings(100, 0, STOP, 1));
        assertThrows(EvaluationException.class, () -> new Settings(100, 10, STOP, 0));
        LineCompletionEvaluator evaluator = new LineCompletionEvaluator(CHARACTERS, new Settings(8, 2, STOP, 2));
        assertThrows(
                EvaluationException.class,
                () -> evaluator.evaluate(
                        List.of(), () -> (context, maximum, stop) -> new int[0], EvaluationProgress.NONE));
        EvaluationException error = assertThrows(
                EvaluationException.class,
                () -> evaluator.evaluate(
                        List.of(new LineSample("seven", "", "c")),
                        () -> (context, maximum, stop) -> new int[0],
                        EvaluationProgress.NONE));
        assertTrue(error.getMessage().contains("seven"), error.getMessage());
    }
}
