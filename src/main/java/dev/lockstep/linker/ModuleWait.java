package dev.lockstep.linker;

import dev.lockstep.linker.table.ModuleStates;
import org.agrona.collections.LongArrayList;

/**
 * A group's wait for a module, and whether what it waits for waits, in the end, for the group itself: constructors that load
 * each other's modules.
 *
 * <p>Before it waits, a group stores what it waits for. From then on the words are a graph: a group waits for a module, a
 * module belongs to the group that initialises it. The group follows module → owner → what that one waits for → its
 * owner → …, and if it meets itself none of them could ever go on.
 *
 * <p><b>No circle is missed.</b> A module comes into a group's hands by what that group does, before it waits; so the edge
 * that closes a circle is always a group's word. Each stores its word, then a full fence, then follows: whoever's fence is
 * last sees the words of all the others and finds the circle at its first look. It leaves; the others need not find it, since
 * they wait for one that goes on. They look all the same, between any two pauses, so that nobody depends on the last one,
 * which may be suspended.
 *
 * <p><b>No circle is made up.</b> The words are read one after another, so what they say together may never have been so:
 * one that was seen to own a module can be done with it and wait for another when its word is read. Therefore the way
 * is followed twice, and has to be the same, word for word. No word ever comes back, since each counts its group's stores, and
 * what a group owns changes only while it does not wait; so all that was seen twice was so at the moment between the two.
 * At that moment every group on the way waited for a module of the next one, the last one for a module of this group, and
 * none of these waits could end but by finding the circle.
 *
 * <p><b>The dead.</b> The word of a group that died stays until its slot is claimed, but its modules are taken from it when
 * it is reaped, and then no way leads to the word. Between the two ways the dead are searched for: a process that was dead
 * when the circle was first seen is no part of it. One that dies later might as well have died after the circle was found.
 *
 * <p>Words may hold anything if the file is damaged: handles and owners are checked, and a way is no longer than there are
 * slots.
 *
 * <p>Confined to the thread of its group.
 */
final class ModuleWait {
    private final LinkerShared shared;
    private final int slot;
    private final LongArrayList way = new LongArrayList();
    private final LongArrayList wayAgain = new LongArrayList();
    private int awaited;

    ModuleWait(final LinkerShared shared, final int slot) {
        this.shared = shared;
        this.slot = slot;
    }

    /** Whether somebody is at a module, so that it is to be waited for. */
    static boolean isInHands(final long word) {
        final int state = ModuleStates.stateOf(word);
        return (state == ModuleStates.DATA || state == ModuleStates.CTORS)
                && ModuleStates.ownerOf(word) != ModuleStates.NOBODY;
    }

    /** The group waits from now on. */
    void begin(final int handle) {
        awaited = handle;
        shared.slots.waitFor(slot, handle);
        shared.buffer.fullFence();
    }

    /** The group waits no more. */
    void end() {
        shared.slots.waitFor(slot, 0);
    }

    /** Looks once: whether the group waits for itself. */
    boolean isCircular() {
        if (!leadsBack(way)) {
            return false;
        }
        shared.checkForDeaths();
        return leadsBack(wayAgain) && wayAgain.equals(way);
    }

    /**
     * Aborts if the module that is waited for is in the hands of a slot that nobody has, which only damage can bring about: it
     * would be waited for for ever. A slot is freed after its modules; while an operation is under way a new module may
     * still be in the name of an instigator that died.
     */
    void refuseStray() {
        final long word = shared.moduleStates.word(awaited);
        final int owner = ModuleStates.ownerOf(word);
        if (!isInHands(word) || vacancy(owner) < 0) {
            return;
        }
        final long control = shared.control();
        final long vacancy = vacancy(owner);
        if (ControlWord.phase(control) == ControlWord.IDLE
                && vacancy >= 0
                && shared.moduleStates.word(awaited) == word
                && vacancy(owner) == vacancy
                && shared.control() == control) {
            throw WordChecks.damaged(
                    shared,
                    slot,
                    "region=tables word=module state handle=" + awaited + " owner=" + owner + " value=0x"
                            + Long.toHexString(word));
        }
    }

    /** As {@link GroupSlots#vacancy}; a slot that does not exist is never anybody's. */
    private long vacancy(final int owner) {
        return owner < shared.slots.count() ? shared.slots.vacancy(owner) : 0;
    }

    /** Follows who waits for whom, and notes every group on the way with its word. */
    private boolean leadsBack(final LongArrayList noted) {
        final int groups = shared.slots.count();
        final int modules = shared.layout.capacities().modules();
        noted.clear();
        int module = awaited;
        for (int steps = 0; steps < groups && module >= 1 && module <= modules; steps++) {
            final long word = shared.moduleStates.word(module);
            final int owner = ModuleStates.ownerOf(word);
            if (!isInHands(word) || owner >= groups) {
                return false;
            }
            if (owner == slot) {
                return true;
            }
            final long wait = shared.slots.waitsFor(owner);
            noted.addLong(owner);
            noted.addLong(wait);
            module = GroupSlots.awaitedModule(wait);
        }
        return false;
    }
}
