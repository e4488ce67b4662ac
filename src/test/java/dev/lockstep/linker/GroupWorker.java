package dev.lockstep.linker;

import dev.lockstep.region.UniverseConfig;
import dev.lockstep.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A JVM with groups that do what a test tells them, line by line:
 *
 * <pre>
 *  open DIRECTORY               answered by  opened …   or  failed …
 *  ID GROUP COMMAND             answered by  answer ID OUTCOME
 *  close                        answered by  closed …   or  failed …
 *                               at any time  event GROUP TEXT
 * </pre>
 */
final class GroupWorker {
    private final Map<String, GroupThread> groups = new LinkedHashMap<>();
    private Universe universe;

    private GroupWorker() {}

    public static void main(final String[] args) {
        final GroupWorker worker = new GroupWorker();
        ForkedJvm.say("ready");
        while (true) {
            worker.handle(ForkedJvm.nextLine());
        }
    }

    private void handle(final String line) {
        final String[] words = line.split(" ", 3);
        try {
            switch (words[0]) {
                case "open" -> {
                    universe = Universe.open(UniverseConfig.at(Path.of(words[1])));
                    ForkedJvm.say("opened " + universe.processIndex());
                }
                case "close" -> {
                    groups.values().forEach(GroupThread::end);
                    universe.close();
                    groups.values().forEach(GroupThread::close);
                    groups.clear();
                    ForkedJvm.say("closed");
                }
                default ->
                    group(words[1])
                            .submit(words[2])
                            .thenAccept(outcome -> ForkedJvm.say("answer " + words[0] + " " + outcome.encode()));
            }
        } catch (final Exception | AssertionError failure) {
            failure.printStackTrace();
            ForkedJvm.say("failed " + failure);
        }
    }

    private GroupThread group(final String name) {
        return groups.computeIfAbsent(
                name, n -> new GroupThread(n, universe, text -> ForkedJvm.say("event " + n + " " + text)));
    }
}
