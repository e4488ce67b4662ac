package dev.lockstep.engine.wasm;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import org.agrona.collections.Int2IntHashMap;

/**
 * A group's function table: which function of which instance each slot holds. An engine's adapter shows it to its modules, and
 * writes their element segments into it; everything else that changes it comes by operations. Used by the group's thread only.
 */
public final class SlotTable {
    private static final int NO_FUNCTION = -1;
    private static final int NO_SLOT = -1;

    private int[] functions = new int[64];
    private WasmInstance[] owners = new WasmInstance[64];
    private int length;

    /** The lowest slot of each function that has one. */
    private final Map<WasmInstance, Int2IntHashMap> slots = new IdentityHashMap<>();

    /** Makes an empty table. */
    public SlotTable() {
        Arrays.fill(functions, NO_FUNCTION);
    }

    /** {@return a table of its own that holds the same} */
    public SlotTable copy() {
        final SlotTable copy = new SlotTable();
        copy.functions = functions.clone();
        copy.owners = owners.clone();
        copy.length = length;
        slots.forEach((owner, known) -> copy.slots.put(owner, new Int2IntHashMap(known)));
        return copy;
    }

    /** {@return number of slots} */
    public int length() {
        return length;
    }

    /**
     * Makes the table at least so long; does nothing if it is.
     *
     * @param wanted number of slots.
     */
    public void ensureLength(final int wanted) {
        if (wanted > functions.length) {
            final int old = functions.length;
            final int capacity = Math.max(wanted, 2 * old);
            functions = Arrays.copyOf(functions, capacity);
            owners = Arrays.copyOf(owners, capacity);
            Arrays.fill(functions, old, capacity, NO_FUNCTION);
        }
        length = Math.max(length, wanted);
    }

    /**
     * {@return whether there is such a slot}
     *
     * @param slot to look for.
     */
    public boolean isSlot(final int slot) {
        return slot >= 0 && slot < length;
    }

    /**
     * {@return index of the slot's function in its owner, or −1}
     *
     * @param slot to look at.
     */
    public int function(final int slot) {
        return functions[slot];
    }

    /**
     * {@return instance whose function the slot holds, or null if it is empty}
     *
     * @param slot to look at.
     */
    public WasmInstance owner(final int slot) {
        return owners[slot];
    }

    /**
     * Puts a function into a slot.
     *
     * @param slot that there is.
     * @param owner of the function; null empties the slot.
     * @param function index of it.
     */
    public void set(final int slot, final WasmInstance owner, final int function) {
        final WasmInstance before = owners[slot];
        final int functionBefore = functions[slot];
        owners[slot] = owner;
        functions[slot] = owner == null ? NO_FUNCTION : function;
        if (before != null) {
            forget(slot, before, functionBefore);
        }
        if (owner != null) {
            final Int2IntHashMap known = slots.computeIfAbsent(owner, ignored -> new Int2IntHashMap(NO_SLOT));
            final int lowest = known.get(function);
            if (lowest == NO_SLOT || slot < lowest) {
                known.put(function, slot);
            }
        }
    }

    private void forget(final int slot, final WasmInstance owner, final int function) {
        final Int2IntHashMap known = slots.get(owner);
        if (known.get(function) == slot) {
            known.remove(function);
            for (int other = slot + 1; other < length; other++) {
                if (owners[other] == owner && functions[other] == function) {
                    known.put(function, other);
                    return;
                }
            }
        }
    }

    /**
     * Empties the slots that hold functions of an instance.
     *
     * @param owner of the functions.
     */
    public void clear(final WasmInstance owner) {
        slots.remove(owner);
        for (int slot = 0; slot < length; slot++) {
            if (owners[slot] == owner) {
                owners[slot] = null;
                functions[slot] = NO_FUNCTION;
            }
        }
    }

    /**
     * {@return the lowest slot that holds a function, or −1}
     *
     * @param owner of the function.
     * @param function index of it.
     */
    public int slotOf(final WasmInstance owner, final int function) {
        final Int2IntHashMap known = slots.get(owner);
        return known == null ? NO_SLOT : known.get(function);
    }
}
