package dev.lockstep.testing.explore;

import java.lang.StackWalker.StackFrame;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.agrona.collections.LongHashSet;

/**
 * Which access sites were reached while exploring, and at which somebody was killed. A site is
 * {@code package.Class.method:line access}.
 *
 * <p>To look at the stack costs more than the access, so it is done only where a participant's last three accesses (and
 * what a compare-and-set would store) are such as were not seen before: another site has, as a rule, another history. At worst a site that was reached is not
 * counted.
 *
 * <p>One a worker; what they found is common.
 */
final class Coverage {
    private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final String HERE = Coverage.class.getPackageName();
    private static final Set<String> REACHED = ConcurrentHashMap.newKeySet();
    private static final Set<String> KILLED_AT = ConcurrentHashMap.newKeySet();
    private static final int HISTORY_BITS = 20;
    private static final int MOST_HISTORIES = 1 << 20;

    private final LongHashSet seen = new LongHashSet(-1);
    private final long[] histories;
    private String site = "";
    private Access access;

    Coverage(final int participants) {
        histories = new long[participants];
    }

    void reached(final int participant, final Access what, final int index) {
        reached(participant, what, index, 0);
    }

    /** Called before each access, by the participant whose turn it is. */
    void reached(final int participant, final Access what, final int index, final long value) {
        access = what;
        final long token = (index << 5 | what.ordinal()) ^ value * 0x9E37_79B9_7F4A_7C15L >>> Long.SIZE - HISTORY_BITS;
        final long history =
                (histories[participant] << HISTORY_BITS | token & (1 << HISTORY_BITS) - 1) & Long.MAX_VALUE;
        histories[participant] = history;
        if (seen.size() < MOST_HISTORIES && seen.add(history)) {
            REACHED.add(site());
        }
    }

    /** {@return the site of the access that is under way, at which its participant dies} */
    String killed() {
        site = access == null ? "its first access" : site();
        KILLED_AT.add(site);
        return site;
    }

    private String site() {
        return WALKER.walk(frames -> frames.filter(
                        frame -> !frame.getDeclaringClass().getPackageName().equals(HERE))
                .findFirst()
                .map(this::describe)
                .orElse("nowhere"));
    }

    private String describe(final StackFrame frame) {
        return Sites.name(frame.getClassName(), frame.getMethodName(), frame.getLineNumber(), access.method());
    }

    static Set<String> reached() {
        return new TreeSet<>(REACHED);
    }

    static Set<String> killedAt() {
        return new TreeSet<>(KILLED_AT);
    }
}
