package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.GlobalInstance;
import com.dylibso.chicory.wasm.types.MutabilityType;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestSpace;
import dev.lockstep.engine.wasm.WasmGlobal;
import dev.lockstep.engine.wasm.WasmModule;
import dev.lockstep.engine.wasm.WasmModuleInstance;
import dev.lockstep.engine.wasm.WasmStore;

/** One group's instances in Chicory. Used by the group's thread only. */
final class ChicoryStore implements WasmStore {
    private final GuestSpace guest;
    private final StackPointer stackPointer;

    ChicoryStore(final GuestSpace guest) {
        this.guest = guest;
        stackPointer = new StackPointer(guest.stackPointer());
    }

    @Override
    public WasmModuleInstance newInstance(final WasmModule module) {
        return new ChicoryInstance((ChicoryModule) module, guest);
    }

    @Override
    public WasmGlobal newGlobal(final ExternType.Global type, final long value) {
        return new ChicoryGlobal(new GlobalInstance(
                value, 0, Types.of(type.type()), type.mutable() ? MutabilityType.Var : MutabilityType.Const));
    }

    @Override
    public WasmGlobal stackPointer() {
        return new ChicoryGlobal(stackPointer);
    }

    @Override
    public void pollWith(final Runnable poll) {
        stackPointer.pollWith(poll);
    }
}
