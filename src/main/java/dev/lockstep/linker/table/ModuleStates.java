package dev.lockstep.linker.table;

import dev.lockstep.region.Layout;
import dev.lockstep.region.ModuleDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.TableDescriptor;

/**
 * How far each module's initialisation has come, and who is at it. These are the only words of the tables that are
 * changed by CAS, after the transaction that registered the module has set them.
 *
 * <pre>
 *   DATA(owner) → CTORS(owner) → READY → UNLOADED
 *     │  ↺ any owner  └───────→ FAILED
 *     └───────────────────────→ FAILED
 * </pre>
 *
 * <p>The last step of a module that is ready is no CAS but a transaction's, together with what the module gives back.
 * The two never meet: nobody moves a module on that is READY, and a transaction changes no other state.
 *
 * <p>Thread-safe, no allocation. No lock is needed: a handle that a reader has is that of a committed module, and its
 * entry does not move.
 */
public final class ModuleStates {
    /** No such module. */
    public static final int NONE = 0;

    /** The owner zeroes the module's memory, initialises its data and relocates. */
    public static final int DATA = 1;

    /** The owner runs the module's constructors. */
    public static final int CTORS = 2;

    /** The module can be used. */
    public static final int READY = 3;

    /** The module cannot be used any more. */
    public static final int FAILED = 4;

    /** The module was taken out after it had been ready. */
    public static final int UNLOADED = 5;

    /** Owner of a state that nobody is at. */
    public static final int NOBODY = 0xFFF;

    private static final int STATE_MASK = (1 << ModuleDescriptor.STATE_BITS) - 1;
    private static final int OWNER_MASK = (1 << ModuleDescriptor.OWNER_BITS) - 1;

    private final SharedBuffer buffer;
    private final int modules;
    private final int capacity;

    /**
     * Looks at a universe's module states.
     *
     * @param buffer over the whole of {@code linker.dat}.
     * @param layout of it.
     */
    public ModuleStates(final SharedBuffer buffer, final Layout layout) {
        this.buffer = buffer;
        modules = layout.tables() + TableDescriptor.MODULES_OFFSET;
        capacity = layout.capacities().modules();
    }

    /**
     * {@return a state word}
     *
     * @param state one of the states above.
     * @param owner slot of the group that is at it, or {@link #NOBODY}.
     */
    public static long word(final int state, final int owner) {
        if (state < DATA || state > UNLOADED) {
            throw new IllegalArgumentException("not a module state: state=" + state);
        }
        if (owner < 0 || owner > NOBODY) {
            throw new IllegalArgumentException("not a group slot: owner=" + owner);
        }
        return (long) owner << ModuleDescriptor.STATE_BITS | state;
    }

    /**
     * {@return the state in a state word}
     *
     * @param word to look at.
     */
    public static int stateOf(final long word) {
        return (int) word & STATE_MASK;
    }

    /**
     * {@return the owner in a state word}
     *
     * @param word to look at.
     */
    public static int ownerOf(final long word) {
        return (int) (word >>> ModuleDescriptor.STATE_BITS) & OWNER_MASK;
    }

    /**
     * Loads a module's state word (acquire: whoever sees READY sees what the owner did before it).
     *
     * @param handle of the module.
     * @return the word; 0 if there is no such module.
     * @throws TableCorruptException if it is not a state word.
     */
    public long word(final int handle) {
        final int offset = offset(handle);
        final long word = buffer.getLongAcquire(offset);
        if (stateOf(word) > UNLOADED || ownerOf(word) > NOBODY || word >>> ModuleDescriptor.STATE_BITS > OWNER_MASK) {
            throw new TableCorruptException("tables", "module state", word, offset);
        }
        return word;
    }

    /**
     * {@return the module's state, {@link #NONE} if there is no such module (acquire)}
     *
     * @param handle of the module.
     */
    public int state(final int handle) {
        return stateOf(word(handle));
    }

    /**
     * {@return slot of the group that is at the module's state (acquire)}
     *
     * @param handle of the module.
     */
    public int owner(final int handle) {
        return ownerOf(word(handle));
    }

    /**
     * Moves a module on, or gives its DATA to another owner, by one CAS (a full fence: all that was done before is
     * visible to whoever sees the new state).
     *
     * @param handle of the module.
     * @param fromState that it must be in.
     * @param fromOwner that must be at it.
     * @param toState that it shall be in.
     * @param toOwner that shall be at it, or {@link #NOBODY}.
     * @return false if the module's state was another; nothing has changed then.
     * @throws IllegalArgumentException if no module goes from the one state to the other.
     */
    public boolean advance(
            final int handle, final int fromState, final int fromOwner, final int toState, final int toOwner) {
        final boolean onwards = fromState == DATA && (toState == DATA || toState == CTORS || toState == FAILED)
                || fromState == CTORS && (toState == READY || toState == FAILED);
        if (!onwards) {
            throw new IllegalArgumentException("modules do not go that way: from=" + fromState + " to=" + toState);
        }
        return buffer.compareAndSetLong(offset(handle), word(fromState, fromOwner), word(toState, toOwner));
    }

    private int offset(final int handle) {
        if (handle < 1 || handle > capacity) {
            throw new IllegalArgumentException("not a module handle: handle=" + handle + " most=" + capacity);
        }
        return modules + (handle - 1) * TableDescriptor.MODULE_LENGTH + ModuleDescriptor.STATE_OFFSET;
    }
}
