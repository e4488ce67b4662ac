package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.GlobalInstance;
import dev.lockstep.engine.wasm.WasmGlobal;

/**
 * A global as the loader sees it. It wraps the engine's own, since a further subclass of that would cost guest code, which reads
 * globals through one call site.
 *
 * @param global of the engine.
 */
record ChicoryGlobal(GlobalInstance global) implements WasmGlobal {
    @Override
    public long value() {
        return global.getValueLow();
    }

    @Override
    public void value(final long value) {
        global.setValue(value);
    }
}
