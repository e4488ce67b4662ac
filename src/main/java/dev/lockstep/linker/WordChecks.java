package dev.lockstep.linker;

import dev.lockstep.process.ProcessTable;
import java.util.function.IntToLongFunction;

/**
 * Looks for words that name somebody who does not exist. A file that was damaged, by whatever, can say that a lease or a
 * lock belongs to a slot which nobody has: no death would ever free it, and who waits for it would wait for ever. Found,
 * it aborts the universe, since what else is wrong nobody knows.
 *
 * <p>Called by those who have waited for a while, after they have looked for the dead; the hot path pays nothing. Each
 * check holds at one moment and not just between two, so it never takes a group that comes or goes for damage:
 * <ul>
 *   <li>a slot that is not free belongs to a process that is attached: a process enters before it claims slots, and its
 *       entry is freed after them;
 *   <li>owners, tickets, writers and reader flags belong to slots that are not free: a slot is freed after them;
 *   <li>an orphaned state lock belongs to an operation under way: the phase is left after the lock was taken over;
 *   <li>a bootstrap that was begun and has changed nothing belongs to a slot that is not free: it is ended before that.
 * </ul>
 *
 * <p>What a damaged word says of somebody who exists and lives cannot be told from the truth.
 */
final class WordChecks {
    /** No group: who aborts by a check. */
    private static final int NO_SLOT = 0xFFF;

    private final LinkerShared shared;
    private final ProcessTable processes;
    private final IntToLongFunction vacancy;

    WordChecks(final LinkerShared shared, final ProcessTable processes) {
        this.shared = shared;
        this.processes = processes;
        vacancy = new Vacancy(shared.slots);
    }

    private static final class Vacancy implements IntToLongFunction {
        private final GroupSlots slots;

        Vacancy(final GroupSlots slots) {
            this.slots = slots;
        }

        @Override
        public long applyAsLong(final int slot) {
            return slots.vacancy(slot);
        }
    }

    /**
     * Looks once.
     *
     * @throws SynchronizationAbortedException if something is damaged; its cause names the word.
     */
    void check() {
        if (shared.isAborted()) {
            return;
        }
        checkSlots();
        refuse("topology lease", shared.topology.findStray(vacancy));
        for (int i = 0; i < shared.mutexes.length; i++) {
            refuse("mutex " + i, shared.mutexes[i].findStray(vacancy));
        }
        refuse("linker state lock", shared.stateLock.findStray(vacancy));
        checkOrphan();
        checkBootstrap();
    }

    private void checkSlots() {
        for (int slot = 0; slot < shared.slots.count(); slot++) {
            final long word = shared.slots.word(slot);
            final int state = GroupSlots.state(word);
            if (state == GroupSlots.FREE) {
                continue;
            }
            final int process = GroupSlots.process(word);
            if ((state > GroupSlots.RUNNING || process >= processes.capacity() || !processes.isAttached(process))
                    && shared.slots.word(slot) == word) {
                refuse(
                        "group slots",
                        "word=state slot=" + slot + " process=" + process + " state=" + state + " value=0x"
                                + Long.toHexString(word));
            }
        }
    }

    private void checkOrphan() {
        if (shared.stateLock.isOrphaned()) {
            final long version = shared.stateLock.version();
            final long control = shared.control();
            if (ControlWord.phase(control) == ControlWord.IDLE
                    && shared.stateLock.isOrphaned()
                    && shared.stateLock.version() == version) {
                refuse("linker state lock", "word=writer word orphaned, control " + ControlWord.describe(control));
            }
        }
    }

    private void checkBootstrap() {
        final long word = shared.bootstrapWord();
        if (word == 0 || shared.isBootstrapped()) {
            return;
        }
        final long slot = (word >>> 1) - 1;
        if (slot < 0 || slot >= shared.slots.count() || isVacantWhile(word, (int) slot)) {
            refuse("control", "word=bootstrap slot=" + slot + " value=0x" + Long.toHexString(word));
        }
    }

    /** The same word can be there again, for another group in the same slot; but the slot is not as vacant as before then. */
    private boolean isVacantWhile(final long word, final int slot) {
        final long vacant = shared.slots.vacancy(slot);
        return vacant >= 0
                && shared.bootstrapWord() == word
                && !shared.isBootstrapped()
                && shared.slots.vacancy(slot) == vacant;
    }

    private void refuse(final String region, final String what) {
        if (what != null) {
            throw damaged(shared, NO_SLOT, "region=" + region + " " + what);
        }
    }

    /** Aborts the universe; the exception's cause says what was found. */
    static SynchronizationAbortedException damaged(final LinkerShared shared, final int slot, final String what) {
        shared.abort(SynchronizationAbortedException.CODE_CORRUPT, slot);
        final SynchronizationAbortedException aborted = shared.aborted();
        aborted.initCause(new IllegalStateException("linker.dat is damaged: " + what));
        return aborted;
    }
}
