package io.bantam.runtime.serve;

import io.bantam.runtime.completion.Completion;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** The counters of a server, written in Prometheus's text format 0.0.4. */
final class Metrics {
    private static final double[] BUCKETS = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

    /** Answers by path and status; the key is the labels as they are written. */
    private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();

    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder reusedTokens = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final LongAdder hangUps = new LongAdder();
    private final LongAdder[] durations = new LongAdder[BUCKETS.length + 1];
    private final LongAdder microseconds = new LongAdder();

    Metrics() {
        for (int i = 0; i < durations.length; i++) {
            durations[i] = new LongAdder();
        }
    }

    /** Counts an answer; {@code path} must be one of few. */
    void answered(String path, int status) {
        requests.computeIfAbsent("path=\"" + path + "\",status=\"" + status + "\"", key -> new LongAdder())
                .increment();
    }

    void hungUp() {
        hangUps.increment();
    }

    /** Counts a completion that took some time, the wait for a slot included. */
    void completed(Completion completion, double seconds) {
        promptTokens.add(completion.promptTokens());
        reusedTokens.add(completion.reusedTokens());
        tokens.add(completion.tokens());
        int bucket = 0;
        while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]) {
            bucket++;
        }
        durations[bucket].increment();
        microseconds.add(Math.round(seconds * 1e6));
    }

    String text(int slots, int busy, int waiting) {
        StringBuilder out = new StringBuilder();
        head(out, "bantam_requests_total", "counter", "Requests answered, by path and HTTP status.");
        requests.forEach((labels, count) -> out.append("bantam_requests_total{")
                .append(labels)
                .append("} ")
                .append(count.sum())
                .append('\n'));
        single(out, "bantam_hang_ups_total", "counter", "Clients that went away before the end.", hangUps.sum());
        single(
                out,
                "bantam_prompt_tokens_total",
                "counter",
                "Tokens of sources, reused ones included.",
                promptTokens.sum());
        single(
                out,
                "bantam_reused_tokens_total",
                "counter",
                "Tokens of sources that were in a cache.",
                reusedTokens.sum());
        single(out, "bantam_generated_tokens_total", "counter", "Tokens written.", tokens.sum());
        single(out, "bantam_slots", "gauge", "Completions that may run at the same time.", slots);
        single(out, "bantam_slots_busy", "gauge", "Completions that run.", busy);
        single(out, "bantam_queue_length", "gauge", "Requests that wait for a slot.", waiting);
        head(out, "bantam_completion_seconds", "histogram", "Time of a completion, the wait for a slot included.");
        long count = 0;
        for (int i = 0; i < durations.length; i++) {
            count += durations[i].sum();
            String bound = i < BUCKETS.length ? String.valueOf(BUCKETS[i]) : "+Inf";
            out.append("bantam_completion_seconds_bucket{le=\"")
                    .append(bound)
                    .append("\"} ")
                    .append(count)
                    .append('\n');
        }
        out.append(String.format(Locale.ROOT, "bantam_completion_seconds_sum %.6f\n", microseconds.sum() / 1e6));
        out.append("bantam_completion_seconds_count ").append(count).append('\n');
        return out.toString();
    }

    private static void single(StringBuilder out, String name, String type, String help, long value) {
        head(out, name, type, help);
        out.append(name).append(' ').append(value).append('\n');
    }

    private static void head(StringBuilder out, String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
}
