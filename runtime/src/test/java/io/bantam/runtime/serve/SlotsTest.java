package io.bantam.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.runtime.completion.Completion;
import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.completion.ScriptedModel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class SlotsTest {
    private static final ServerOptions ONE_SLOT =
            new ServerOptions(new InetSocketAddress("127.0.0.1", 0), null, 1, 5, Duration.ofMinutes(10), 10_000, 20);

    private static Future<Completion> run(Slots slots) throws RefusedException {
        return slots.run("x = ", CompletionOptions.DEFAULT, new Generation(0));
    }

    @Test
    void whoComesLaterDoesNotOvertakeThoseWhoWait() throws Exception {
        try (PackedModel model = new ScriptedModel(200).model();
                Slots slots = new Slots(model, ONE_SLOT)) {
            for (int round = 0; round < 50; round++) {
                List<String> entered = new CopyOnWriteArrayList<>();
                slots.enter();
                FutureTask<Completion> first = new FutureTask<>(() -> {
                    slots.enter();
                    entered.add("first");
                    return run(slots).get();
                });
                Thread waiting = Thread.ofPlatform().start(first);
                while (waiting.getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                }
                run(slots).get();
                slots.enter();
                entered.add("second");
                run(slots).get();
                first.get();
                assertEquals(List.of("first", "second"), entered, "round " + round);
            }
        }
    }
}
