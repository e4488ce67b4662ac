package dev.lockstep.testing.explore;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The stores of one participant that it has issued and nobody else sees yet. Which are late is the scheduler's choice;
 * how late is theirs to say here:
 *
 * <ul>
 *   <li>a plain or opaque store may be overtaken by a later plain one to another place, and by loads;
 *   <li>a release store, a volatile store and a read-modify-write overtake nothing; a later plain store may overtake
 *       them, as it may on AArch64 and by the Java memory model;
 *   <li>a volatile load does not pass an earlier volatile store or read-modify-write of its thread;
 *   <li>a release or store-store fence is overtaken by no store and overtakes none; a full fence, a read-modify-write, a
 *       volatile store, a call of the kernel and waiting make visible what came before;
 *   <li>the participant's own loads see its own stores;
 *   <li>a read-modify-write that is late is visible before anybody else writes to that place.
 * </ul>
 *
 * <p>Loads are not reordered: each happens when it is issued.
 *
 * <p>A participant that dies loses some of its late stores that others have overtaken, or none: a compiler may have put
 * them after the place where it died. A read-modify-write is never lost, and what is kept has kept what comes before it.
 */
final class StoreBuffer {
    /** How a store is ordered. */
    enum Order {
        PLAIN,
        RELEASE,
        VOLATILE,
        UPDATE,
        FENCE
    }

    private static final class Late {
        private final Order order;
        private final UnsafeBuffer memory;
        private final int index;
        private final int length;
        private final long value;
        private final byte[] bytes;
        private boolean observed;
        private boolean overtaken;

        Late(final Order order, final UnsafeBuffer memory, final int index, final long value, final byte[] bytes) {
            this.order = order;
            this.memory = memory;
            this.index = index;
            this.value = value;
            this.bytes = bytes;
            length = bytes == null ? Long.BYTES : bytes.length;
        }

        boolean overlaps(final Object other, final int from, final int bytesThere) {
            return memory == other && from < index + length && index < from + bytesThere;
        }

        /** Whether a later store must not be visible before this one. */
        boolean precedes(final Late later) {
            return order == Order.FENCE
                    || later.order != Order.PLAIN
                    || overlaps(later.memory, later.index, later.length);
        }

        void apply() {
            if (bytes != null) {
                memory.putBytes(index, bytes);
            } else if (memory != null) {
                memory.putLong(index, value);
            }
        }
    }

    private final Execution execution;
    private final List<Late> late = new ArrayList<>(2);
    private boolean passed;

    StoreBuffer(final Execution execution) {
        this.execution = execution;
    }

    boolean isPending() {
        return !late.isEmpty();
    }

    /** Before anything has passed the newest late store, to look is to look before that store was issued. */
    boolean isWorthASwitch() {
        if (late.isEmpty() || passed) {
            return true;
        }
        passed = true;
        return false;
    }

    void store(final Order order, final UnsafeBuffer memory, final int index, final long value) {
        store(new Late(order, memory, index, value, null));
    }

    void store(final UnsafeBuffer memory, final int index, final byte[] bytes) {
        store(new Late(Order.PLAIN, memory, index, 0, bytes));
    }

    private void store(final Late store) {
        if (store.order == Order.VOLATILE || store.order == Order.UPDATE) {
            drain();
        }
        execution.settle(store.memory, store.index);
        if (execution.delay()) {
            late.add(store);
            passed = false;
            return;
        }
        for (int i = 0; i < late.size(); i++) {
            if (late.get(i).precedes(store)) {
                drain();
                break;
            }
        }
        for (int i = 0; i < late.size(); i++) {
            late.get(i).overtaken = true;
        }
        store.apply();
        execution.changed();
    }

    /** What a participant reads of its own: null if none of its late stores lies there. */
    Long own(final UnsafeBuffer memory, final int index) {
        for (int i = late.size() - 1; i >= 0; i--) {
            final Late store = late.get(i);
            if (store.overlaps(memory, index, Long.BYTES)) {
                if (store.index == index && store.bytes == null) {
                    return store.value;
                }
                drain();
                return null;
            }
        }
        return null;
    }

    /** Before a load of many bytes: they are read from memory, so what lies there must be visible. */
    void drainIfAt(final UnsafeBuffer memory, final int index, final int length) {
        for (int i = 0; i < late.size(); i++) {
            if (late.get(i).overlaps(memory, index, length)) {
                drain();
                return;
            }
        }
    }

    void volatileLoad() {
        for (int i = 0; i < late.size(); i++) {
            final Order order = late.get(i).order;
            if (order == Order.VOLATILE || order == Order.UPDATE) {
                drain();
                return;
            }
        }
    }

    void storeFence() {
        if (!late.isEmpty()) {
            late.add(new Late(Order.FENCE, null, 0, 0, null));
        }
    }

    /** Somebody else goes on and sees memory without the late stores. */
    void observed() {
        for (int i = 0; i < late.size(); i++) {
            late.get(i).observed = true;
        }
    }

    /** Everything becomes visible, in order. If nobody could have looked before, the delay was in vain. */
    void drain() {
        if (late.isEmpty()) {
            return;
        }
        for (int i = 0; i < late.size(); i++) {
            if (!late.get(i).observed && late.get(i).order != Order.FENCE && execution.choices.isExhaustive()) {
                throw execution.prune();
            }
        }
        applyAll();
    }

    private void applyAll() {
        for (int i = 0; i < late.size(); i++) {
            late.get(i).apply();
        }
        late.clear();
        execution.changed();
    }

    void settle(final Object memory, final int index) {
        for (int i = 0; i < late.size(); i++) {
            final Late store = late.get(i);
            if (store.order == Order.UPDATE && store.overlaps(memory, index, Long.BYTES)) {
                applyAll();
                return;
            }
        }
    }

    /** The participant dies: each of its late stores is lost or kept, in an order that is allowed. */
    void die() {
        final List<Late> lost = new ArrayList<>();
        for (final Late store : late) {
            if (!store.observed && !store.overtaken && store.order != Order.FENCE && execution.choices.isExhaustive()) {
                throw execution.prune();
            }
            final boolean afterLost = lost.stream().anyMatch(one -> one.precedes(store));
            if (afterLost || (store.overtaken && store.order != Order.UPDATE && execution.lose())) {
                lost.add(store);
            } else {
                store.apply();
            }
        }
        late.clear();
        execution.changed();
    }
}
