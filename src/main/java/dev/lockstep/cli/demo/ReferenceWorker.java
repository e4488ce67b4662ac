package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.LauncherLink;
import java.nio.file.Files;
import java.nio.file.Path;

/** Main class of the JVM that makes the {@link ReferenceRun}. Arguments: the launcher's scratch directory. */
final class ReferenceWorker {
    private ReferenceWorker() {}

    /**
     * Parses the corpus once and says what came of it.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final Path scratch = Path.of(arguments[0]);
        final LauncherLink link = new LauncherLink(scratch);
        final Thread run = new Thread(() -> run(scratch, link), "group-reference");
        run.start();
        link.next();
        System.exit(0);
    }

    private static void run(final Path scratch, final LauncherLink link) {
        try {
            final DemoPlan plan = DemoPlan.load(scratch);
            final Path directory = Files.createDirectory(scratch.resolve("reference"));
            final int[] next = {0};
            final ReferenceRun run = ReferenceRun.of(
                    plan.program(),
                    plan.corpus(),
                    directory,
                    verdict -> link.say(
                            "expect", next[0]++, verdict.text(), verdict.tree(), verdict.nodes(), verdict.errors()));
            link.say("reference", run.modules());
            link.sayGoodbye();
        } catch (final Throwable failure) {
            link.fail("reference run", failure);
        }
    }
}
