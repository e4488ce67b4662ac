package dev.lockstep.linker;

import dev.lockstep.process.ProcessTable;
import java.time.Duration;
import java.util.List;

/**
 * Notices that nothing has moved for a while though somebody waits, and names those who are waited for. What it sees it
 * keeps in fields of its own: nothing is written.
 *
 * <p>Used by one thread.
 */
final class StallWatch {
    private final LinkerShared shared;
    private final ProcessTable processes;
    private final long namespace;
    private final long stallAfterNanos;
    private final long[] evictedGenerations;

    private final Watched control = new Watched();
    private final Watched lease = new Watched();
    private final Watched stateLock = new Watched();

    StallWatch(
            final LinkerShared shared, final ProcessTable processes, final long namespace, final long stallAfterNanos) {
        this.shared = shared;
        this.processes = processes;
        this.namespace = namespace;
        this.stallAfterNanos = stallAfterNanos;
        evictedGenerations = new long[shared.slots.count()];
    }

    /** A word, since when it has not changed, and when that is to be reported next. */
    private static final class Watched {
        private long word;
        private long since;
        private long reportAfter;

        /** Whether the word has been the same for so long that it is to be reported now. */
        boolean isDue(final long now, final long seen, final long after) {
            if (since == 0 || seen != word) {
                word = seen;
                since = now == 0 ? 1 : now;
                reportAfter = after;
                return false;
            }
            if (now - since < reportAfter) {
                return false;
            }
            reportAfter = 2 * (now - since);
            return true;
        }
    }

    /** One look. What is to be told becomes an event. */
    void look(final Events events) {
        final long now = shared.tick();
        final long word = shared.control();
        final boolean idle = ControlWord.phase(word) == ControlWord.IDLE;
        final boolean late = control.isDue(now, word, stallAfterNanos) && !idle;
        final boolean leased =
                lease.isDue(now, shared.topology.lastGrant(), stallAfterNanos) && idle && shared.topology.owner() >= 0;
        final long version = shared.stateLock.version();
        final boolean written = stateLock.isDue(now, version, stallAfterNanos) && idle && (version & 1) != 0;
        if ((late || leased || written) && !ControlWord.isAborted(word)) {
            final UniverseSnapshot snapshot = UniverseSnapshot.take("", shared, processes, namespace);
            report(snapshot.stalls(Duration.ofNanos(stallAfterNanos)), now, leased, written, events);
        }
        if (shared.evictAfterNanos() != 0) {
            lookForEvicted(events);
        }
    }

    private void report(
            final List<StallReport> stalls,
            final long now,
            final boolean leased,
            final boolean written,
            final Events events) {
        for (final StallReport stall : stalls) {
            switch (stall.kind()) {
                case ARRIVAL, APPLY -> events.tell(told -> told.stalled(stall));
                case TOPOLOGY_LEASE -> {
                    if (leased) {
                        tellSince(stall, now - lease.since, events);
                    }
                }
                default -> {
                    if (written) {
                        tellSince(stall, now - stateLock.since, events);
                    }
                }
            }
        }
    }

    private static void tellSince(final StallReport stall, final long nanos, final Events events) {
        final StallReport timed = stall.lasting(Duration.ofNanos(nanos));
        events.tell(told -> told.stalled(timed));
    }

    private void lookForEvicted(final Events events) {
        for (int slot = 0; slot < evictedGenerations.length; slot++) {
            final long word = shared.slots.word(slot);
            final long generation = GroupSlots.generation(word) + 1;
            if (GroupSlots.state(word) != GroupSlots.FREE
                    && evictedGenerations[slot] != generation
                    && shared.slots.isEvicted(slot, word)) {
                evictedGenerations[slot] = generation;
                final int evicted = slot;
                final int process = GroupSlots.process(word);
                events.tell(told -> told.evicted(evicted, process));
            }
        }
    }
}
