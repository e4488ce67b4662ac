package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.GlobalInstance;
import com.dylibso.chicory.wasm.types.MutabilityType;
import com.dylibso.chicory.wasm.types.ValType;

/**
 * The stack pointer of a group: one global for all its modules.
 *
 * <p>Every function that has a frame reads it first, which makes it the place where a group that is deep in guest code
 * looks for pending operations.
 */
final class StackPointer extends GlobalInstance {
    private Runnable poll;

    StackPointer(final long top) {
        super(top, 0, ValType.I32, MutabilityType.Var);
    }

    void pollWith(final Runnable action) {
        poll = action;
    }

    @Override
    public long getValue() {
        if (poll != null) {
            poll.run();
        }
        return getValueLow();
    }
}
