package dev.lockstep.linker;

import dev.lockstep.broadcast.ChronicleJournal;
import dev.lockstep.broadcast.Journal;
import dev.lockstep.lock.Futex;
import dev.lockstep.lock.LinuxFutex;
import dev.lockstep.lock.SleepWords;
import dev.lockstep.lock.Waker;
import dev.lockstep.process.FileByteLock;
import dev.lockstep.process.HostIdentity;
import dev.lockstep.process.ProcessInfo;
import dev.lockstep.process.ProcessProbe;
import dev.lockstep.process.ProcessTable;
import dev.lockstep.region.ConstructorPolicy;
import dev.lockstep.region.JvmFlags;
import dev.lockstep.region.Platform;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.region.UniverseFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * This JVM's attachment to a universe: its files, its place in the process table, and who is inside. There is one a
 * directory; {@link Universe} objects share it by reference count.
 *
 * <p>Thread-safe. What runs until the first group is there uses classes and no lambdas, no streams and no regular
 * expressions: each would be loaded or made at that moment, and a JVM that attaches would take twice as long.
 */
final class Attachment implements InstanceGroup.Host {
    private static final long CLOSE_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long CLOSE_POLL_NANOS = 200_000;
    private static final int LOOKS_BEFORE_DEATH_CHECK = 64;
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Condition CLOSED = LOCK.newCondition();

    /** Guarded by the lock, as are the reference counts. */
    private static final Map<Path, Attachment> ATTACHED = new HashMap<>();

    private final Path key;
    private final UniverseFiles files;
    private final FileByteLock byteLock;
    private final ProcessTable processes;
    private final Journal journal;
    private final LinkerShared shared;
    private final int process;
    private final GroupFactory groupFactory;
    private final Monitor monitor;
    private final Set<InstanceGroup> groups = ConcurrentHashMap.newKeySet();
    private final AtomicInteger inside = new AtomicInteger();
    private int references = 1;
    private boolean stuck;

    private Attachment(
            final Path key,
            final UniverseFiles files,
            final Journal journal,
            final FileByteLock byteLock,
            final UniverseOptions options) {
        this.key = key;
        this.files = files;
        this.journal = journal;
        this.byteLock = byteLock;
        final SharedBuffer buffer = options.instrumented(files.buffer());
        shared = new LinkerShared(
                buffer,
                files.layout(),
                journal,
                wakerFor(buffer, files),
                SystemNanoClock.INSTANCE,
                LOOKS_BEFORE_DEATH_CHECK,
                files.header().constructorPolicy() == ConstructorPolicy.ABORT);
        final Events events = new Events();
        shared.evictAfter(options.evictAfterNanos());
        final HostIdentity self = HostIdentity.current();
        processes = new ProcessTable(
                shared.buffer, files.layout(), byteLock, self, ProcessProbe.PROC, SystemNanoClock.INSTANCE, events);
        final DeathSearch deathSearch = new DeathSearch(shared, processes, events);
        monitor = new Monitor(
                "lockstep-monitor-" + idOf(files).substring(0, 8),
                shared.waker,
                deathSearch,
                groups,
                new StallWatch(shared, processes, self.namespace(), options.stallAfterNanos()),
                events,
                options);
        process = processes.attach(new Reaper(shared));
        shared.onNoProgress(deathSearch);
        groupFactory = new GroupFactory(this, shared, process);
        monitor.start();
    }

    private static final class JournalFlags implements Runnable {
        @Override
        public void run() {
            JvmFlags.checkJournal();
        }
    }

    static Attachment acquire(final UniverseConfig config, final UniverseOptions options) throws IOException {
        Platform.check();
        JvmFlags.check();
        JvmFlags.checkJournal();
        LOCK.lock();
        try {
            final UniverseFiles files = UniverseFiles.openOrCreate(config);
            boolean kept = false;
            try {
                final Path key = files.directory().toRealPath();
                final Attachment existing = existing(key, idOf(files));
                if (existing != null) {
                    existing.references++;
                    return existing;
                }
                final Attachment attachment = attach(key, files, options);
                ATTACHED.put(key, attachment);
                kept = true;
                return attachment;
            } finally {
                if (!kept) {
                    files.close();
                }
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** The attachment to that universe, if there is one; one that is being closed is waited for. */
    private static Attachment existing(final Path key, final String id) {
        while (true) {
            final Attachment existing = ATTACHED.get(key);
            if (existing == null || !existing.id().equals(id)) {
                return null;
            }
            if (existing.stuck) {
                throw new IllegalStateException("universe cannot be opened again, the last close left threads inside: "
                        + "directory=" + key + ", end this JVM, or shut groups down before closing");
            }
            if (existing.references > 0) {
                return existing;
            }
            CLOSED.awaitUninterruptibly();
        }
    }

    private static Attachment attach(final Path key, final UniverseFiles files, final UniverseOptions options)
            throws IOException {
        Journal journal = null;
        FileByteLock byteLock = null;
        boolean attached = false;
        try {
            journal = options.instrumented(new ChronicleJournal(
                    files.journalPath(), files.layout().capacities().journalBytes(), new JournalFlags()));
            byteLock = FileByteLock.open(files.lockPath(), files.header().lockInode());
            final Attachment attachment = new Attachment(key, files, journal, byteLock, options);
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

    /** The futex is on the memory itself: the kernel looks at it past whatever instrument there is. */
    private static Waker wakerFor(final SharedBuffer buffer, final UniverseFiles files) {
        final LocalWaker parked = new LocalWaker(files.layout().capacities().groups());
        final Optional<Futex> futex = LinuxFutex.over(files.buffer());
        return futex.isPresent() ? new FutexWaker(parked, new SleepWords(buffer, files.layout(), futex.get())) : parked;
    }

    private static String idOf(final UniverseFiles files) {
        return files.header().universeId().toString().replace("-", "");
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

    GroupFactory groupFactory() {
        return groupFactory;
    }

    int process() {
        return process;
    }

    boolean isProcessAttached(final int index) {
        return processes.isAttached(index);
    }

    long processGeneration(final int index) {
        final ProcessInfo attached = processes.process(index);
        return attached == null ? 0 : attached.generation();
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

    @Override
    public void joined(final InstanceGroup group) {
        for (final InstanceGroup other : groups) {
            if (other.isBoundTo(Thread.currentThread())) {
                other.shareThread();
                group.shareThread();
            }
        }
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

    void release() {
        LOCK.lock();
        try {
            if (--references > 0) {
                return;
            }
        } finally {
            LOCK.unlock();
        }
        boolean unmapped = false;
        try {
            waitForThreadsToLeave();
            monitor.stop();
            processes.detach(process);
            byteLock.close();
            journal.close();
            files.close();
            unmapped = true;
        } finally {
            LOCK.lock();
            try {
                if (unmapped) {
                    ATTACHED.remove(key, this);
                } else {
                    stuck = true;
                }
                CLOSED.signalAll();
            } finally {
                LOCK.unlock();
            }
        }
    }

    private void waitForThreadsToLeave() {
        shared.close();
        final long deadline = System.nanoTime() + CLOSE_TIMEOUT_NANOS;
        while (!groups.isEmpty() || inside.get() != 0) {
            for (final InstanceGroup group : groups) {
                group.askToLeave();
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new IllegalStateException("universe could not be unmapped, threads are still inside: groups="
                        + groups.stream().map(InstanceGroup::toString).sorted().toList()
                        + " others=" + inside.get()
                        + ", shut groups down before closing; the files stay mapped until this JVM ends");
            }
            LockSupport.parkNanos(CLOSE_POLL_NANOS);
        }
    }
}
