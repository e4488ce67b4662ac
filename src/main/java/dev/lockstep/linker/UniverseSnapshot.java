package dev.lockstep.linker;

import dev.lockstep.broadcast.Journal;
import dev.lockstep.broadcast.JournalCorruptException;
import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.linker.table.TableCorruptException;
import dev.lockstep.lock.Waker;
import dev.lockstep.process.ByteLock;
import dev.lockstep.process.HostIdentity;
import dev.lockstep.process.ProcessInfo;
import dev.lockstep.process.ProcessProbe;
import dev.lockstep.process.ProcessTable;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.UniverseFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.SystemNanoClock;

/**
 * A universe at one moment, as far as it can be seen without taking part: words are read one after another while others
 * change them, so that two of them need not belong together.
 *
 * @param id of the universe, in hexadecimal.
 * @param operation how far the operations are.
 * @param lease who has the topology lease.
 * @param stateLock who has the linker state.
 * @param processes that are attached, dead ones that nobody has reaped among them.
 * @param groups whose slots are taken.
 * @param modules that were ever registered.
 * @param journalBytes bytes of the journal that are used; −1 if its end cells are damaged.
 * @param capacities of the universe.
 */
public record UniverseSnapshot(
        String id,
        Operation operation,
        TopologyLease lease,
        StateLocking stateLock,
        List<Attached> processes,
        List<Group> groups,
        List<Module> modules,
        int journalBytes,
        Capacities capacities) {
    /**
     * The control word.
     *
     * @param sequence of the last operation that was committed.
     * @param round of the last STOP, modulo 2^19.
     * @param phase {@code idle}, {@code stop}, {@code committed} or {@code apply}.
     * @param stoppedFor how long the operation that is under way has been; zero if none is.
     * @param abortCode 0 = not aborted.
     * @param abortGroup slot of the group that aborted.
     * @param bootstrapped whether there is, or was, a main group.
     */
    public record Operation(
            long sequence,
            long round,
            String phase,
            Duration stoppedFor,
            int abortCode,
            int abortGroup,
            boolean bootstrapped) {}

    /**
     * The topology lease.
     *
     * @param owner slot of its owner, −1 = none.
     * @param grant newest one.
     * @param waiting slots of those who wait for it.
     */
    public record TopologyLease(int owner, long grant, List<Integer> waiting) {}

    /**
     * The linker state's lock.
     *
     * @param version odd while somebody writes.
     * @param writer slot of who writes, −1 = nobody.
     * @param orphaned whether it waits for whoever finishes a dead group's operation.
     * @param readers slots of those who read.
     */
    public record StateLocking(long version, int writer, boolean orphaned, List<Integer> readers) {}

    /**
     * An attached process.
     *
     * @param entry of the process.
     * @param running {@code yes} or {@code no} as {@code /proc} says; {@code unknown} if it is of another pid namespace.
     */
    public record Attached(ProcessInfo entry, String running) {}

    /**
     * A group.
     *
     * @param slot of the group.
     * @param generation of the slot.
     * @param process index of its process.
     * @param state {@code joining}, {@code safe}, {@code running}, {@code evicted}, or a number if it is damaged.
     * @param threadId Java's number of the thread that it is bound to.
     * @param threadName name of that thread when the group was made.
     * @param applied sequence of the last operation that its replica has applied.
     * @param arrived whether it has arrived at the STOP that is under way, or was.
     * @param sinceAnswered since when it has answered no operation; zero if it has never.
     * @param waitsFor handle of the module that it waits for, 0 = none.
     */
    public record Group(
            int slot,
            long generation,
            int process,
            String state,
            long threadId,
            String threadName,
            long applied,
            boolean arrived,
            Duration sinceAnswered,
            int waitsFor) {}

    /**
     * A module.
     *
     * @param handle of the module.
     * @param state DATA, CTORS, READY, FAILED or UNLOADED; DAMAGED if it is none of these.
     * @param owner slot of the group that initialises it, −1 = none.
     */
    public record Module(int handle, String state, int owner) {}

    private static final String[] PHASES = {"idle", "stop", "committed", "apply", "committed1", "apply1"};

    /**
     * Looks at a universe from outside: maps its file for reading, takes no lock, changes nothing.
     *
     * @param directory of the universe.
     * @return what it is like.
     * @throws dev.lockstep.region.UniverseException if there is none, or it cannot be read.
     * @throws IOException if the file system refuses.
     */
    public static UniverseSnapshot of(final Path directory) throws IOException {
        try (UniverseFiles files = UniverseFiles.openReadOnly(directory)) {
            final LinkerShared shared = new LinkerShared(
                    files.buffer(),
                    files.layout(),
                    new NoJournal(files.layout().capacities().journalBytes()),
                    Waker.NONE,
                    SystemNanoClock.INSTANCE,
                    0,
                    false);
            final HostIdentity self = HostIdentity.current();
            final ProcessTable processes = new ProcessTable(
                    files.buffer(),
                    files.layout(),
                    ByteLock.NONE,
                    self,
                    ProcessProbe.PROC,
                    SystemNanoClock.INSTANCE,
                    lost -> {});
            return take(files.header().universeId().toString().replace("-", ""), shared, processes, self.namespace());
        }
    }

    static UniverseSnapshot take(
            final String id, final LinkerShared shared, final ProcessTable processes, final long namespace) {
        final long now = shared.clock.nanoTime();
        final long control = shared.control();
        return new UniverseSnapshot(
                id,
                operation(shared, control, now),
                new TopologyLease(
                        shared.topology.owner(),
                        shared.topology.lastGrant(),
                        slots(shared, shared.topology::isWaiting)),
                new StateLocking(
                        shared.stateLock.version(),
                        shared.stateLock.writer(),
                        shared.stateLock.isOrphaned(),
                        slots(shared, shared.stateLock::isReader)),
                attached(processes, namespace),
                groups(shared, control, now),
                modules(shared),
                journalBytes(shared, control),
                shared.layout.capacities());
    }

    private static Operation operation(final LinkerShared shared, final long control, final long now) {
        final int phase = ControlWord.phase(control);
        final boolean aborted = ControlWord.isAborted(control);
        final SynchronizationAbortedException detail = aborted ? shared.aborted() : null;
        return new Operation(
                ControlWord.sequence(control),
                ControlWord.round(control),
                phase < PHASES.length ? PHASES[phase] : "damaged",
                phase == ControlWord.IDLE ? Duration.ZERO : since(shared.stoppedAt(), now),
                aborted ? detail.code() : 0,
                aborted ? detail.slot() : -1,
                shared.isBootstrapped());
    }

    private static Duration since(final long then, final long now) {
        return then == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, now - then));
    }

    private interface SlotQuestion {
        boolean ask(int slot);
    }

    private static List<Integer> slots(final LinkerShared shared, final SlotQuestion question) {
        final List<Integer> slots = new ArrayList<>();
        for (int slot = 0; slot < shared.slots.count(); slot++) {
            if (question.ask(slot)) {
                slots.add(slot);
            }
        }
        return List.copyOf(slots);
    }

    private static List<Attached> attached(final ProcessTable processes, final long namespace) {
        final List<Attached> attached = new ArrayList<>();
        for (int index = 0; index < processes.capacity(); index++) {
            final ProcessInfo entry = processes.process(index);
            if (entry != null) {
                final boolean ours = namespace != 0 && entry.namespace() == namespace;
                attached.add(new Attached(
                        entry,
                        !ours
                                ? "unknown"
                                : ProcessProbe.PROC.isRunning(entry.pid(), entry.startTicks()) ? "yes" : "no"));
            }
        }
        return List.copyOf(attached);
    }

    private static List<Group> groups(final LinkerShared shared, final long control, final long now) {
        final GroupSlots slots = shared.slots;
        final List<Group> groups = new ArrayList<>();
        for (int slot = 0; slot < slots.count(); slot++) {
            final long word = slots.word(slot);
            if (GroupSlots.state(word) != GroupSlots.FREE) {
                groups.add(new Group(
                        slot,
                        GroupSlots.generation(word),
                        GroupSlots.process(word),
                        stateOf(slots, slot, word),
                        slots.threadId(slot),
                        slots.threadName(slot),
                        slots.appliedSequence(slot),
                        slots.hasArrivedInRound(slot, ControlWord.round(control)),
                        since(slots.lastPolled(slot), now),
                        GroupSlots.awaitedModule(slots.waitsFor(slot))));
            }
        }
        return List.copyOf(groups);
    }

    private static String stateOf(final GroupSlots slots, final int slot, final long word) {
        if (slots.isEvicted(slot, word)) {
            return "evicted";
        }
        return switch (GroupSlots.state(word)) {
            case GroupSlots.JOINING -> "joining";
            case GroupSlots.SAFE -> "safe";
            case GroupSlots.RUNNING -> "running";
            default -> Integer.toString(GroupSlots.state(word));
        };
    }

    private static List<Module> modules(final LinkerShared shared) {
        final List<Module> modules = new ArrayList<>();
        for (int handle = 1; handle <= shared.layout.capacities().modules(); handle++) {
            try {
                final long word = shared.moduleStates.word(handle);
                if (ModuleStates.stateOf(word) != ModuleStates.NONE) {
                    final int owner = ModuleStates.ownerOf(word);
                    modules.add(new Module(
                            handle,
                            ModuleState.of(ModuleStates.stateOf(word)).toString(),
                            owner == ModuleStates.NOBODY ? -1 : owner));
                }
            } catch (final TableCorruptException damaged) {
                modules.add(new Module(handle, "DAMAGED", -1));
            }
        }
        return List.copyOf(modules);
    }

    private static int journalBytes(final LinkerShared shared, final long control) {
        try {
            return shared.log.end(ControlWord.sequence(control));
        } catch (final JournalCorruptException damaged) {
            return -1;
        }
    }

    /**
     * Who is waited for by others for at least so long.
     *
     * @param atLeast how long an operation must have been under way. Holders of the topology lease and of linker state are
     *     named whatever this is, if anybody waits for them: since when cannot be seen at one moment.
     * @return a report for each of them.
     */
    public List<StallReport> stalls(final Duration atLeast) {
        final List<StallReport> stalls = new ArrayList<>();
        final boolean stop = "stop".equals(operation.phase);
        if (stop || operation.phase.startsWith("apply")) {
            if (operation.stoppedFor.compareTo(atLeast) >= 0) {
                for (final Group group : groups) {
                    final boolean late = stop ? !group.arrived : group.applied < operation.sequence;
                    if (late && "running".equals(group.state) && group.slot != lease.owner) {
                        stalls.add(report(
                                stop ? StallReport.Kind.ARRIVAL : StallReport.Kind.APPLY, group, operation.stoppedFor));
                    }
                }
            }
        } else if ("idle".equals(operation.phase)) {
            for (final Group group : groups) {
                if (group.slot == lease.owner && !lease.waiting.isEmpty()) {
                    stalls.add(report(StallReport.Kind.TOPOLOGY_LEASE, group, Duration.ZERO));
                }
                if (group.slot == stateLock.writer && stateLock.readers.isEmpty()) {
                    stalls.add(report(StallReport.Kind.STATE_WRITER, group, Duration.ZERO));
                }
                if (stateLock.writer >= 0 && stateLock.readers.contains(group.slot)) {
                    stalls.add(report(StallReport.Kind.STATE_READER, group, Duration.ZERO));
                }
            }
        }
        return stalls;
    }

    private StallReport report(final StallReport.Kind kind, final Group group, final Duration stalledFor) {
        long pid = 0;
        for (final Attached process : processes) {
            if (process.entry.index() == group.process) {
                pid = process.entry.pid();
            }
        }
        return new StallReport(
                kind,
                group.slot,
                group.process,
                pid,
                group.threadId,
                group.threadName,
                group.state,
                stalledFor,
                group.sinceAnswered,
                operation.sequence);
    }

    /** Has a length and nothing in it. */
    private record NoJournal(int capacity) implements Journal {
        @Override
        public void write(final int position, final DirectBuffer source, final int offset, final int length) {
            throw new UnsupportedOperationException("journal is not open");
        }

        @Override
        public void read(final int position, final MutableDirectBuffer into, final int offset, final int length) {
            throw new UnsupportedOperationException("journal is not open");
        }

        @Override
        public void close() {}
    }
}
