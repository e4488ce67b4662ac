package dev.lockstep.cli.bench;

import dev.lockstep.linker.UniverseOptions;
import java.util.List;
import java.util.stream.Collectors;
import org.agrona.concurrent.BusySpinIdleStrategy;

/** What is compared between two JVMs. */
final class Contests {
    /** What Chronicle's libraries, and Aeron's driver, need beside what Lockstep needs. */
    private static final List<String> OPEN = List.of(
            "--add-exports",
            "jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
            "--add-exports",
            "jdk.unsupported/sun.misc=ALL-UNNAMED",
            "--add-opens",
            "jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
            "--add-opens",
            "java.base/java.lang=ALL-UNNAMED",
            "--add-opens",
            "java.base/java.io=ALL-UNNAMED",
            "--add-opens",
            "java.base/java.nio=ALL-UNNAMED",
            "--add-opens",
            "java.base/java.util=ALL-UNNAMED",
            "--add-opens",
            "java.base/sun.nio.ch=ALL-UNNAMED",
            "-Dchronicle.analytics.disable=true");

    static final List<Contest> ALL = List.of(
            bus("pingpong", "floor: two processes spin on one cache line", ground -> new Alone()),
            lock(
                    "lease",
                    "Lockstep's topology lease, waiting as it does by default",
                    ground -> LeaseLock.open(ground, UniverseOptions::defaultIdleStrategy)),
            lock(
                    "lease_spinning",
                    "the same, who waits spins",
                    ground -> LeaseLock.open(ground, () -> BusySpinIdleStrategy.INSTANCE)),
            lock("file_channel", "FileChannel.lock() of the whole file, release()", FileLockLock::open),
            new Contest(
                    "chronicle_queue",
                    "Chronicle Queue's lock in its table store (TableStoreWriteLock), who waits spins",
                    Contest.Need.NOTHING,
                    OPEN,
                    ground -> LockContestant.of(ground, TableStoreLock.open(ground))),
            new Contest(
                    "chronicle_map",
                    "Chronicle Map's write lock of one entry, by a query context",
                    Contest.Need.NOTHING,
                    OPEN,
                    ground -> LockContestant.of(ground, MapLock.open(ground))),
            foreign("pthread_mutex", "pthread mutex, process-shared, robust", "mutex"),
            foreign(
                    "pthread_mutex_critical",
                    "the same; tried first, and freed, by calls that do not leave the JVM's state (critical)",
                    "criticalMutex"),
            foreign("pthread_rwlock_write", "pthread reader/writer lock, process-shared, for writing", "writeLock"),
            foreign("pthread_rwlock_read", "the same for reading: both may hold it", "readLock"),
            bus(
                    "op_two_rendezvous",
                    "Lockstep's operation, two rendezvous, who waits spins",
                    ground -> OperationPart.open(ground, OperationPart.TWO_RENDEZVOUS)),
            bus(
                    "op_one_rendezvous",
                    "Lockstep's operation, one rendezvous, who waits spins",
                    ground -> OperationPart.open(ground, OperationPart.ONE_RENDEZVOUS)),
            new Contest(
                    "aeron_ipc",
                    "Aeron IPC: one message there, one back, both spin; media driver in the first process",
                    Contest.Need.NOTHING,
                    OPEN,
                    AeronPart::open));

    private Contests() {}

    /** A lock's way to be opened. */
    private interface LockOpener {
        SharedLock open(Contest.Ground ground) throws Exception;
    }

    private static Contest lock(final String name, final String text, final LockOpener opener) {
        return new Contest(
                name, text, Contest.Need.NOTHING, List.of(), ground -> LockContestant.of(ground, opener.open(ground)));
    }

    private static Contest bus(final String name, final String text, final Contest.Opener opener) {
        return new Contest(name, text, Contest.Need.NOTHING, List.of(), opener);
    }

    private static Contest foreign(final String name, final String text, final String factory) {
        return new Contest(
                name,
                text,
                ForeignLock::missing,
                List.of(),
                ground -> LockContestant.of(ground, ForeignLock.open(ground, factory)));
    }

    /**
     * {@return the contest of a name}
     *
     * @throws IllegalArgumentException if there is none.
     */
    static Contest named(final String name) {
        return ALL.stream()
                .filter(contest -> contest.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such contestant: contestant=" + name
                        + ", there are: " + ALL.stream().map(Contest::name).collect(Collectors.joining(" "))));
    }
}
