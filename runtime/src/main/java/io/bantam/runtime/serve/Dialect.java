package io.bantam.runtime.serve;

import io.bantam.runtime.completion.Completion;
import io.bantam.runtime.completion.Completion.End;
import io.bantam.runtime.format.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The JSON of one kind of client. One instance writes one answer. */
sealed interface Dialect {
    /** The event for one piece of an answer in pieces. */
    String piece(String text);

    /** The events that end an answer in pieces. */
    List<String> last(Completion completion);

    /** The answer in one piece. */
    String whole(Completion completion, String text);

    /** OpenAI's completions. */
    record OpenAi(String id, long created, String model, boolean usage) implements Dialect {
        OpenAi(String model, boolean usage) {
            this("cmpl-" + UUID.randomUUID(), Instant.now().getEpochSecond(), model, usage);
        }

        @Override
        public String piece(String text) {
            return Json.write(answer(List.of(choice(text, null))));
        }

        @Override
        public List<String> last(Completion completion) {
            List<String> events = new ArrayList<>();
            events.add(Json.write(answer(List.of(choice("", reason(completion.end()))))));
            if (usage) {
                Map<String, Object> answer = answer(List.of());
                answer.put("usage", usage(completion));
                events.add(Json.write(answer));
            }
            events.add("[DONE]");
            return events;
        }

        @Override
        public String whole(Completion completion, String text) {
            Map<String, Object> answer = answer(List.of(choice(text, reason(completion.end()))));
            answer.put("usage", usage(completion));
            return Json.write(answer);
        }

        private Map<String, Object> answer(List<Object> choices) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("id", id);
            answer.put("object", "text_completion");
            answer.put("created", created);
            answer.put("model", model);
            answer.put("choices", choices);
            return answer;
        }

        private static Map<String, Object> choice(String text, String reason) {
            Map<String, Object> choice = new LinkedHashMap<>();
            choice.put("text", text);
            choice.put("index", 0);
            choice.put("logprobs", null);
            choice.put("finish_reason", reason);
            return choice;
        }

        private static String reason(End end) {
            return end == End.TOKEN_LIMIT || end == End.CANCELLED ? "length" : "stop";
        }

        private static Map<String, Object> usage(Completion completion) {
            return Map.of(
                    "prompt_tokens",
                    completion.promptTokens(),
                    "completion_tokens",
                    completion.tokens(),
                    "total_tokens",
                    completion.promptTokens() + completion.tokens());
        }
    }

    /** llama.cpp's infill. */
    record Infill(String model) implements Dialect {
        @Override
        public String piece(String text) {
            return Json.write(Map.of("content", text, "stop", false));
        }

        @Override
        public List<String> last(Completion completion) {
            return List.of(whole(completion, ""));
        }

        @Override
        public String whole(Completion completion, String text) {
            Map<String, Object> timings = new LinkedHashMap<>();
            timings.put("prompt_n", completion.promptTokens() - completion.reusedTokens());
            timings.put("prompt_ms", completion.promptMillis());
            timings.put("prompt_per_second", completion.promptTokensPerSecond());
            timings.put("predicted_n", completion.tokens());
            timings.put("predicted_ms", completion.generationMillis());
            timings.put("predicted_per_second", completion.tokensPerSecond());
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("content", text);
            answer.put("stop", true);
            answer.put("stop_type", type(completion.end()));
            answer.put("model", model);
            answer.put("tokens_predicted", completion.tokens());
            answer.put("tokens_evaluated", completion.promptTokens());
            answer.put("tokens_cached", completion.promptTokens() + completion.tokens());
            answer.put("truncated", false);
            answer.put("timings", timings);
            return Json.write(answer);
        }

        private static String type(End end) {
            return switch (end) {
                case FILE_END, NOTHING -> "eos";
                case LINE_END, STOP -> "word";
                case TOKEN_LIMIT, CANCELLED -> "limit";
            };
        }
    }
}
