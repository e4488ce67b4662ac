package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.cli.launch.Line;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Main class of a JVM of the torture. Arguments: the launcher's scratch directory and the worker's number, from 0. It waits
 * for what the launcher says, takes part in rounds, and is killed sooner or later.
 */
final class TortureWorker {
    private final LauncherLink link;
    private final Path scratch;
    private WorkerSession session;

    private TortureWorker(final LauncherLink link, final Path scratch) {
        this.link = link;
        this.scratch = scratch;
    }

    /**
     * Runs this worker.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final Path scratch = Path.of(arguments[0]);
        final LauncherLink link = new LauncherLink(scratch);
        try (FileChannel floor = openFloor(scratch);
                FileLock held = floor.lock(Integer.parseInt(arguments[1]), 1, false)) {
            link.say("ready", held.isValid());
            new TortureWorker(link, scratch).obey();
        } catch (final Throwable failure) {
            link.fail("worker " + arguments[1], failure);
        }
        System.exit(0);
    }

    /** The file whose bytes tell the launcher how long the kernel takes to let go of a lock. */
    static FileChannel openFloor(final Path scratch) throws IOException {
        return FileChannel.open(scratch.resolve("floor.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private void obey() throws Exception {
        while (true) {
            final Line line = link.next();
            switch (line.word()) {
                case WorkerPlan.WORD -> {
                    session = new WorkerSession(link, WorkerPlan.of(line));
                    session.start();
                }
                case "trap" -> set(line);
                case "stop" -> stop();
                case "verify" -> verify(Path.of(line.field(0)));
                case JoinPlan.WORD -> JoinRun.run(link, JoinPlan.of(line));
                case "rehearse" -> rehearse();
                case "end" -> {
                    return;
                }
                default -> throw new IllegalArgumentException("launcher is not understood: line=" + line.text());
            }
        }
    }

    private void set(final Line line) {
        session.instrument.set(new Trap(
                session.board,
                session.place,
                KillPoint.valueOf(line.field(0)),
                line.intField(1),
                line.intField(2),
                Boolean.parseBoolean(line.field(3)),
                Boolean.parseBoolean(line.field(4))));
    }

    private void stop() throws IOException {
        session.close();
        session = null;
        link.say("stopped");
    }

    private void verify(final Path round) throws IOException {
        try (Board board = Board.open(round)) {
            final Reporter reporter = (finding, text) -> {
                board.count(finding);
                link.say("finding", finding, text);
            };
            link.say("verified", Oracle.verify(round, board, reporter));
        }
    }

    /** Does a little of everything, so that an archive of the classes can be made at the end. */
    private void rehearse() throws Exception {
        final Path round = scratch.resolve("rehearsal");
        java.nio.file.Files.createDirectories(round);
        session = new WorkerSession(link, new WorkerPlan(round, 0, 2, 1, Fault.NONE));
        session.start();
        Thread.sleep(REHEARSAL_MILLIS);
        session.close();
        verify(round);
        link.say("rehearsed");
    }

    private static final long REHEARSAL_MILLIS = 1_500;
}
