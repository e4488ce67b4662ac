package dev.lockstep.engine.wasm;

/** A global that the loader reads or sets. Used by its group's thread only. */
public interface WasmGlobal {
    /** {@return its value; an i32 is in the lower half} */
    long value();

    /**
     * Sets its value.
     *
     * @param value an i32 is in the lower half.
     */
    void value(long value);
}
