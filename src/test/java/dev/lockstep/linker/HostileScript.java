package dev.lockstep.linker;

import dev.lockstep.broadcast.JournalCorruptException;
import dev.lockstep.linker.DlOperation.AllocateFunctionTable;
import dev.lockstep.linker.table.TableCorruptException;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.UniverseException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What two groups do with a universe whose files may be damaged, each on a thread of its own, and what may come of it: it
 * works, or somebody gets an error that says what is wrong. Two owners of a lock, or two replicas that differ after the
 * same operation, without anybody being told, is what must not be.
 */
final class HostileScript {
    private final Universe universe;
    private final AtomicInteger leaseOwners = new AtomicInteger();
    private final AtomicInteger mutexOwners = new AtomicInteger();
    private final AtomicInteger writers = new AtomicInteger();
    private final Map<Long, Long> fingerprints = new ConcurrentHashMap<>();
    private final Map<String, Integer> errors = new ConcurrentHashMap<>();
    private volatile String wrong;
    private volatile String unclean;

    HostileScript(final Universe universe) {
        this.universe = universe;
    }

    /** A replica that notes what it is after each operation. */
    private final class Recorder implements Replica {
        private final FunctionTable table = new FunctionTable();

        @Override
        public void apply(final OperationFlyweight operation) {
            table.apply(operation);
            final Long other = fingerprints.putIfAbsent(operation.sequence(), table.fingerprint());
            if (other != null && other != table.fingerprint()) {
                wrong("replicas differ after operation " + operation.sequence());
            }
        }

        @Override
        public int tableLength() {
            return table.tableLength();
        }
    }

    private void wrong(final String what) {
        wrong = what;
    }

    /** One group of the script, between its making and its end. */
    final class Actor {
        private final Recorder replica = new Recorder();
        private InstanceGroup group;

        void join() {
            guarded(() -> group = universe.isBootstrapped()
                    ? universe.joinInstanceGroup(replica)
                    : universe.bootstrap(replica, state -> new AllocateFunctionTable(state.growTable(1), 1)));
        }

        int slot() {
            return group == null ? -1 : group.slot();
        }

        void act() {
            if (group == null) {
                return;
            }
            for (int i = 0; i < 2; i++) {
                guarded(this::lease);
                guarded(this::mutex);
                guarded(this::write);
                guarded(this::operation);
                guarded(this::read);
            }
            guarded(() -> group.doPendingLinkOperations(true));
            guarded(() -> group.doPendingLinkOperations(false));
            guarded(() -> {
                if (!group.isInSafeRegion()) {
                    group.enterSafeRegion();
                }
                group.exitSafeRegion();
            });
        }

        void leave() {
            if (group != null) {
                guarded(() -> {
                    try {
                        group.shutdownInstanceGroup();
                    } catch (final LockOrderException stuck) {
                        unclean = "group cannot be shut down: " + stuck.getMessage();
                    }
                });
            }
        }

        private void lease() {
            final long grant = group.acquireTopology();
            inside(leaseOwners, "lease");
            group.releaseTopology(grant);
        }

        private void mutex() {
            final long grant = group.acquireMutex(0);
            inside(mutexOwners, "mutex");
            group.releaseMutex(0, grant);
        }

        private void write() {
            try (LinkerStateWriter state = group.writeLinkerState()) {
                inside(writers, "linker state");
                state.allocateMemory(64, 8);
                state.commit();
            }
        }

        private void operation() {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                inside(leaseOwners, "lease");
                inside(writers, "linker state");
                final int index = state.growTable(1);
                group.synchronizeLinkOperation(state, new AllocateFunctionTable(index, 1));
                if (replica.tableLength() != index + 1) {
                    wrong("operation was not applied: table=" + replica.tableLength() + " index=" + index);
                }
            }
        }

        private void read() {
            group.readOptimistically(LinkerStateView::tableLength);
            group.isClosure(3);
            group.moduleState(1);
            try (LinkerStateReader state = group.readLinkerState()) {
                if (writers.get() != 0) {
                    wrong("reads while another one writes");
                }
                state.tableLength();
            }
        }

        private void inside(final AtomicInteger count, final String what) {
            if (count.incrementAndGet() != 1) {
                wrong("two owners of the " + what);
            }
            Thread.onSpinWait();
            count.decrementAndGet();
        }
    }

    Actor actor() {
        return new Actor();
    }

    private void guarded(final Runnable step) {
        try {
            step.run();
        } catch (final Throwable failure) {
            note(failure);
        }
    }

    void note(final Throwable failure) {
        if (!isClean(failure)) {
            final StackTraceElement[] trace = failure.getStackTrace();
            unclean = failure + " at "
                    + (trace.length == 0 ? "?" : trace[0] + " " + trace[Math.min(3, trace.length - 1)]);
        }
        errors.merge(failure.getClass().getSimpleName(), 1, Integer::sum);
    }

    /** An error that is meant for users, and says something. */
    private static boolean isClean(final Throwable failure) {
        return failure.getMessage() != null
                && (failure instanceof UniverseException
                        || failure instanceof SynchronizationAbortedException
                        || failure instanceof UniverseClosedException
                        || failure instanceof InstanceGroupDeadException
                        || failure instanceof TableCorruptException
                        || failure instanceof JournalCorruptException
                        || failure instanceof CapacityExceededException
                        || failure instanceof LockOrderException
                        || failure.getClass() == IllegalStateException.class
                        || failure.getClass() == IllegalArgumentException.class
                        || failure.getClass() == IllegalMonitorStateException.class);
    }

    /** {@return one line: how it ended} */
    String verdict() {
        if (unclean != null) {
            return "FAILED " + unclean.replace('\n', ' ');
        }
        if (errors.isEmpty()) {
            return wrong == null ? "sound" : "FAILED nobody was told: " + wrong;
        }
        return "error " + errors.keySet().stream().sorted().findFirst().orElseThrow();
    }
}
