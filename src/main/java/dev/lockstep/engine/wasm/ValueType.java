package dev.lockstep.engine.wasm;

/** Types of WebAssembly values. */
public enum ValueType {
    /** 32-bit integer. */
    I32('i', Integer.BYTES),

    /** 64-bit integer. */
    I64('I', Long.BYTES),

    /** 32-bit float. */
    F32('f', Float.BYTES),

    /** 64-bit float. */
    F64('F', Double.BYTES),

    /** 128-bit vector. */
    V128('v', 16),

    /** Reference to a function. */
    FUNCREF('r', 0),

    /** Any other type: references of the host's, and those of later proposals. */
    OTHER('?', 0);

    private static final ValueType[] VALUES = values();

    private final char letter;
    private final int bytes;

    ValueType(final char letter, final int bytes) {
        this.letter = letter;
        this.bytes = bytes;
    }

    /** {@return the letter that stands for the type in a closure's signature} */
    public char letter() {
        return letter;
    }

    /** {@return bytes that a value takes in linear memory; 0 if it can't be there} */
    public int bytes() {
        return bytes;
    }

    /**
     * {@return the type that a letter stands for, or null}
     *
     * @param letter of a closure's signature.
     */
    public static ValueType ofLetter(final char letter) {
        for (final ValueType type : VALUES) {
            if (type.letter == letter) {
                return type;
            }
        }
        return null;
    }
}
