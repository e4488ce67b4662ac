package dev.lockstep.linker;

import dev.lockstep.broadcast.ChronicleJournal;
import dev.lockstep.process.FileByteLock;
import dev.lockstep.process.ProcessInfo;
import dev.lockstep.process.ProcessTable;
import dev.lockstep.region.ConstructorPolicy;
import dev.lockstep.region.JvmFlags;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.region.UniverseFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.SystemNanoClock;

/**
 * This JVM's attachment to a universe: its files, its place in the process table, and who is inside. There is one a
 * directory; {@link Universe} objects share it by reference count.
 *
 * <p>Thread-safe.
 */
final class Attachment implements InstanceGroup.Host {
    private static final long CLOSE_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long CLOSE_POLL_NANOS = 200_000;
    private static final int LOOKS_BEFORE_DEATH_CHECK = 64;
    private static final Map<Path, Attachment> ATTACHED = new HashMap<>();

    private final Path key;
    private final UniverseFiles files;
    private final FileByteLock byteLock;
    private final ProcessTable processes;
    private final ChronicleJournal journal;
    private final LinkerShared shared;
    private final Reaper reaper;
    private final int process;
    private final Set<InstanceGroup> groups = ConcurrentHashMap.newKeySet();
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicBoolean checkingForDeaths = new AtomicBoolean();
    private int references = 1;

    private Attachment(
            final Path key, final UniverseFiles files, final ChronicleJournal journal, final FileByteLock byteLock) {
        this.key = key;
        this.files = files;
        this.journal = journal;
        this.byteLock = byteLock;
        shared = new LinkerShared(
                files.buffer(),
                files.layout(),
                journal,
                new LocalWaker(files.layout().capacities().groups()),
                SystemNanoClock.INSTANCE,
                LOOKS_BEFORE_DEATH_CHECK,
                files.header().constructorPolicy() == ConstructorPolicy.ABORT);
        reaper = new Reaper(shared);
        processes = new ProcessTable(files.buffer(), files.layout(), byteLock, Attachment::lockLost);
        process = processes.attach((index, generation) -> reaper.reapProcess(index));
        shared.onNoProgress(this::reapTheDead);
    }

    static Attachment acquire(final UniverseConfig config) throws IOException {
        JvmFlags.check();
        synchronized (ATTACHED) {
            final UniverseFiles files = UniverseFiles.openOrCreate(config);
            boolean kept = false;
            try {
                final Path key = files.directory().toRealPath();
                final Attachment existing = openOne(key);
                if (existing != null && existing.id().equals(idOf(files))) {
                    existing.references++;
                    return existing;
                }
                final Attachment attachment = attach(key, files);
                ATTACHED.put(key, attachment);
                kept = true;
                return attachment;
            } finally {
                if (!kept) {
                    files.close();
                }
            }
        }
    }

    /** The attachment to a directory; one that is being closed by another thread is waited for. */
    private static Attachment openOne(final Path key) {
        boolean interrupted = false;
        Attachment existing = ATTACHED.get(key);
        while (existing != null && existing.references == 0) {
            try {
                ATTACHED.wait();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
            existing = ATTACHED.get(key);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return existing;
    }

    private static Attachment attach(final Path key, final UniverseFiles files) throws IOException {
        ChronicleJournal journal = null;
        FileByteLock byteLock = null;
        boolean attached = false;
        try {
            journal = new ChronicleJournal(
                    files.journalPath(), files.layout().capacities().journalBytes(), JvmFlags::checkJournal);
            byteLock = FileByteLock.open(files.lockPath(), files.header().lockInode());
            final Attachment attachment = new Attachment(key, files, journal, byteLock);
            attached = true;
            return attachment;
        } finally {
            if (!attached) {
                if (byteLock != null) {
                    byteLock.close();
                }
                if (journal != null) {
                    journal.close();
                }
            }
        }
    }

    private static String idOf(final UniverseFiles files) {
        return files.header().universeId().toString().replace("-", "");
    }

    private static void lockLost(final ProcessInfo lost) {
        System.getLogger("dev.lockstep")
                .log(
                        System.Logger.Level.WARNING,
                        "a live process has lost its byte lock, something else in it has opened the lock file; it is not"
                                + " taken for dead: process={0}",
                        lost);
    }

    Path directory() {
        return files.directory();
    }

    @Override
    public String id() {
        return idOf(files);
    }

    LinkerShared shared() {
        return shared;
    }

    int process() {
        return process;
    }

    boolean isProcessAttached(final int index) {
        return processes.isAttached(index);
    }

    /** Called before shared memory is touched by a thread that is in no group. */
    void enter(final AtomicBoolean closed) {
        inside.incrementAndGet();
        if (closed.get() || shared.isClosing()) {
            inside.decrementAndGet();
            throw new UniverseClosedException("universe is closed: directory=" + directory() + ", open it again");
        }
    }

    void leave() {
        inside.decrementAndGet();
    }

    void joined(final InstanceGroup group) {
        groups.add(group);
    }

    @Override
    public void willRun(final InstanceGroup group) {
        for (final InstanceGroup other : groups) {
            if (other != group && other.isBoundTo(Thread.currentThread()) && !other.isInSafeRegion()) {
                throw new IllegalStateException("another group of this thread is running: group=" + other.slot()
                        + ", let it enter its safe region first");
            }
        }
    }

    @Override
    public void left(final InstanceGroup group) {
        groups.remove(group);
    }

    /** Finds the dead and reaps them; one thread of this JVM at a time, the others go on waiting. */
    private void reapTheDead() {
        if (checkingForDeaths.compareAndSet(false, true)) {
            try {
                for (int index = 0; index < processes.capacity(); index++) {
                    if (index != process && processes.isAttached(index)) {
                        processes.reapIfDead(index, (dead, generation) -> reaper.reapProcess(dead));
                    }
                }
            } finally {
                checkingForDeaths.set(false);
            }
        }
    }

    void release() {
        synchronized (ATTACHED) {
            if (--references > 0) {
                return;
            }
        }
        try {
            detach();
        } finally {
            synchronized (ATTACHED) {
                ATTACHED.remove(key, this);
                ATTACHED.notifyAll();
            }
        }
    }

    private void detach() {
        shared.close();
        final long deadline = System.nanoTime() + CLOSE_TIMEOUT_NANOS;
        while (!groups.isEmpty() || inside.get() != 0) {
            for (final InstanceGroup group : groups) {
                group.askToLeave();
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new IllegalStateException("universe could not be unmapped, threads are still inside: groups="
                        + groups.stream().map(InstanceGroup::toString).sorted().toList() + " others=" + inside.get()
                        + ", shut groups down before closing; the files stay mapped until this JVM ends");
            }
            LockSupport.parkNanos(CLOSE_POLL_NANOS);
        }
        processes.detach(process);
        byteLock.close();
        journal.close();
        files.close();
    }
}
