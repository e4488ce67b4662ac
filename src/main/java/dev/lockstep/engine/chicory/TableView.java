package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.UninstantiableException;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import com.dylibso.chicory.wasm.types.ValType;
import com.dylibso.chicory.wasm.types.Value;
import dev.lockstep.engine.wasm.SlotTable;
import dev.lockstep.engine.wasm.WasmInstance;
import java.util.Arrays;

/**
 * How one module of a group sees the group's function table: its own functions as they are, those of other modules
 * through a {@link ForeignFunction} with its own types.
 *
 * <p>Only operations change the table, so that it is the same in every group: growing it from the guest answers −1, and whatever
 * else changes it traps once the module is linked. Until then its element segments are written to it.
 */
final class TableView extends TableInstance {
    private final SlotTable slots;
    private final ChicoryInstance caller;
    private WasmInstance[] seenOwners = new WasmInstance[0];
    private int[] seenFunctions = new int[0];
    private Instance[] standIns = new Instance[0];
    private int[] standInFunctions = new int[0];

    TableView(final SlotTable slots, final ChicoryInstance caller) {
        super(new Table(ValType.FuncRef, new TableLimits(0)), Value.REF_NULL_VALUE);
        this.slots = slots;
        this.caller = caller;
    }

    @Override
    public int size() {
        return slots.length();
    }

    @Override
    public TableLimits limits() {
        return new TableLimits(slots.length());
    }

    @Override
    public int grow(final int size, final int value, final Instance instance) {
        return size == 0 ? slots.length() : -1;
    }

    @Override
    public int requiredRef(final int slot) {
        if (!slots.isSlot(slot)) {
            throw new ChicoryException("undefined element " + slot);
        }
        final WasmInstance owner = slots.owner(slot);
        if (owner == null) {
            throw new ChicoryException("uninitialized element " + slot);
        }
        if (owner == caller) {
            return slots.function(slot);
        }
        lookUp(slot, owner);
        return standInFunctions[slot];
    }

    @Override
    public Instance instance(final int slot) {
        final WasmInstance owner = slots.owner(slot);
        if (owner == caller) {
            return caller.instance();
        }
        return owner == null ? null : standIns[slot];
    }

    private void lookUp(final int slot, final WasmInstance owner) {
        if (slot >= standIns.length) {
            final int length = slots.length();
            seenOwners = Arrays.copyOf(seenOwners, length);
            seenFunctions = Arrays.copyOf(seenFunctions, length);
            standIns = Arrays.copyOf(standIns, length);
            standInFunctions = Arrays.copyOf(standInFunctions, length);
        }
        final int function = slots.function(slot);
        if (seenOwners[slot] == owner && seenFunctions[slot] == function) {
            return;
        }
        final com.dylibso.chicory.wasm.WasmModule types = caller.compiled().callerTypes();
        final int type = ForeignFunction.typeIndex(types, Types.of(owner.functionType(function)));
        if (type < 0) {
            throw new ChicoryException("indirect call type mismatch");
        }
        standIns[slot] = ForeignFunction.standIn(types, owner, function);
        standInFunctions[slot] = type;
        seenOwners[slot] = owner;
        seenFunctions[slot] = function;
    }

    @Override
    public int ref(final int slot) {
        if (!slots.isSlot(slot)) {
            throw new ChicoryException("undefined element");
        }
        final WasmInstance owner = slots.owner(slot);
        if (owner == null) {
            return Value.REF_NULL_VALUE;
        }
        if (owner != caller) {
            throw new ChicoryException("table.get of another module's function is not supported: slot=" + slot);
        }
        return slots.function(slot);
    }

    @Override
    public void setRef(final int slot, final int function, final Instance instance) {
        if (!slots.isSlot(slot)) {
            throw new UninstantiableException("out of bounds table access");
        }
        if (caller.isLinked()) {
            throw new ChicoryException(
                    "the function table is changed by operations only, not by table.set and its kin: slot=" + slot);
        }
        slots.set(slot, function == Value.REF_NULL_VALUE ? null : caller, function);
    }

    @Override
    public void reset() {
        throw new ChicoryException("the function table is not reset: operations change it");
    }
}
