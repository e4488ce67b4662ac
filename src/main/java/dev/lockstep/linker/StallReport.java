package dev.lockstep.linker;

import java.time.Duration;

/**
 * A group that others wait for, for longer than they should have to. It is alive as far as is known: nothing is taken
 * from it.
 *
 * @param kind what is waited for.
 * @param group its slot.
 * @param process index of its process.
 * @param pid of its process, in that process' pid namespace; 0 if not known.
 * @param threadId Java's number of the thread that it is bound to.
 * @param threadName name of that thread when the group was made.
 * @param state of the group: {@code running}, {@code safe}, {@code joining} or {@code evicted}.
 * @param stalledFor for how long it has been waited for, as far as the observer can tell.
 * @param sinceAnswered since when it has not answered an operation, or since when there was none to answer: while a
 *     rendezvous waits for it, it has not polled since {@code stalledFor} ago at least. Zero if it has never answered.
 * @param sequence of the last operation that was committed.
 */
public record StallReport(
        Kind kind,
        int group,
        int process,
        long pid,
        long threadId,
        String threadName,
        String state,
        Duration stalledFor,
        Duration sinceAnswered,
        long sequence) {
    /** What others wait for. */
    public enum Kind {
        /** An operation has stopped everybody, and the group has not arrived: it does not poll. */
        ARRIVAL("arrival at an operation"),
        /** An operation is committed, and the group has not applied it. */
        APPLY("application of an operation"),
        /** The group holds the topology lease, which others want. */
        TOPOLOGY_LEASE("the topology lease"),
        /** The group holds linker state for writing. */
        STATE_WRITER("linker state, held for writing"),
        /** The group holds linker state for reading, and somebody wants to write. */
        STATE_READER("linker state, held for reading");

        private final String text;

        Kind(final String text) {
            this.text = text;
        }
    }

    StallReport lasting(final Duration duration) {
        return new StallReport(
                kind, group, process, pid, threadId, threadName, state, duration, sinceAnswered, sequence);
    }

    @Override
    public String toString() {
        return "group is waited for: group=" + group + " process=" + process + " pid=" + pid + " thread=" + threadId
                + " \"" + threadName + "\" state=" + state + " for=" + kind.text + " ms=" + stalledFor.toMillis()
                + " answered last, ms ago=" + sinceAnswered.toMillis() + " committed=" + sequence;
    }
}
