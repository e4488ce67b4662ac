package dev.lockstep.linker;

import dev.lockstep.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The other JVM of a test class: a {@link GroupWorker} that is started when it is first needed, again after a test has
 * killed it, and ended with the class. For the test's thread.
 */
final class SharedWorker implements AfterAllCallback {
    private final Map<Long, Outcome> answers = new HashMap<>();
    private final Map<String, Queue<String>> events = new LinkedHashMap<>();
    private ForkedJvm jvm;
    private long lastId;
    private boolean opened;

    /** Attaches the other JVM to a universe. */
    void open(final Path directory) {
        if (jvm == null) {
            jvm = ForkedJvm.start(GroupWorker.class);
            jvm.expect("ready");
        }
        events.clear();
        answers.clear();
        jvm.send("open " + directory);
        final String answer = jvm.readLine();
        if (!answer.startsWith("opened")) {
            throw new AssertionError(answer + "\n" + jvm.transcript());
        }
        opened = true;
    }

    /** Attaches the other JVM to a universe; {@return why it was refused} */
    String openRefused(final Path directory) {
        try {
            open(directory);
        } catch (final AssertionError refused) {
            return refused.getMessage().lines().findFirst().orElse("");
        }
        throw new AssertionError("other JVM was not refused");
    }

    /** Detaches it, if it lives and is attached. */
    void close() {
        if (jvm != null && opened) {
            opened = false;
            jvm.send("close");
            String line = jvm.readLine();
            while (!line.startsWith("closed") && !line.startsWith("failed")) {
                line = jvm.readLine();
            }
            if (line.startsWith("failed")) {
                throw new AssertionError(line + "\n" + jvm.transcript());
            }
        }
    }

    long send(final String group, final String command) {
        lastId++;
        jvm.send(lastId + " " + group + " " + command);
        return lastId;
    }

    Outcome await(final long id) {
        while (!answers.containsKey(id)) {
            pump();
        }
        return answers.remove(id);
    }

    /** Waits until a group of the other JVM has told something. */
    String awaitEvent(final String group) {
        final Queue<String> queue = events.computeIfAbsent(group, g -> new LinkedBlockingQueue<>());
        while (queue.isEmpty()) {
            pump();
        }
        return queue.remove();
    }

    private void pump() {
        final String line = jvm.readLine();
        final String[] words = line.split(" ", 3);
        switch (words[0]) {
            case "answer" -> answers.put(Long.parseLong(words[1]), Outcome.decode(words[2]));
            case "event" ->
                events.computeIfAbsent(words[1], g -> new LinkedBlockingQueue<>())
                        .add(words[2]);
            default -> throw new AssertionError("other JVM said: " + line + "\n" + jvm.transcript());
        }
    }

    /** SIGKILL. */
    void kill() {
        jvm.killAndWait();
        jvm = null;
        opened = false;
    }

    /** SIGSTOP. */
    void suspend() {
        jvm.suspend();
    }

    /** SIGCONT. */
    void resume() {
        jvm.resume();
    }

    String transcript() {
        return jvm == null ? "(no other JVM)" : jvm.transcript();
    }

    @Override
    public void afterAll(final ExtensionContext context) {
        if (jvm != null) {
            jvm.close();
            jvm = null;
        }
    }
}
