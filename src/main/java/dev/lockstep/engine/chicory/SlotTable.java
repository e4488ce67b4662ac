package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.types.Value;
import java.util.Arrays;

/**
 * A group's function table: which function of which instance each slot holds. Modules see it through a
 * {@link TableView}. Used by the group's thread only.
 */
final class SlotTable {
    private int[] functions = new int[64];
    private Instance[] owners = new Instance[64];
    private int length;

    SlotTable() {
        Arrays.fill(functions, Value.REF_NULL_VALUE);
    }

    /** {@return a table of its own that holds the same} */
    SlotTable copy() {
        final SlotTable copy = new SlotTable();
        copy.functions = functions.clone();
        copy.owners = owners.clone();
        copy.length = length;
        return copy;
    }

    int length() {
        return length;
    }

    /** Makes the table at least so long; does nothing if it is. */
    void ensureLength(final int slots) {
        if (slots > functions.length) {
            final int old = functions.length;
            final int capacity = Math.max(slots, 2 * old);
            functions = Arrays.copyOf(functions, capacity);
            owners = Arrays.copyOf(owners, capacity);
            Arrays.fill(functions, old, capacity, Value.REF_NULL_VALUE);
        }
        length = Math.max(length, slots);
    }

    boolean isSlot(final int slot) {
        return slot >= 0 && slot < length;
    }

    /** {@return index of the slot's function in its owner, or the null reference} */
    int function(final int slot) {
        return functions[slot];
    }

    /** {@return instance whose function the slot holds, or null if it is empty} */
    Instance owner(final int slot) {
        return owners[slot];
    }

    void set(final int slot, final Instance owner, final int function) {
        functions[slot] = function;
        owners[slot] = owner;
    }

    /** Empties the slots that hold functions of an instance. */
    void clear(final Instance owner) {
        for (int slot = 0; slot < length; slot++) {
            if (owners[slot] == owner) {
                set(slot, null, Value.REF_NULL_VALUE);
            }
        }
    }

    /** {@return the lowest slot that holds a function, or −1} */
    int slotOf(final Instance owner, final int function) {
        for (int slot = 0; slot < length; slot++) {
            if (owners[slot] == owner && functions[slot] == function) {
                return slot;
            }
        }
        return -1;
    }
}
