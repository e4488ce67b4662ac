package dev.lockstep.engine;

/** The bytes are not a module that can be loaded; the message names the offset of the byte that is wrong. */
public final class MalformedModuleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Where in the module's bytes it went wrong. */
    private final int offset;

    /**
     * Makes the exception; the offset becomes part of the message.
     *
     * @param message what is wrong.
     * @param offset of the byte that is wrong, from the start of the module.
     */
    public MalformedModuleException(final String message, final int offset) {
        super(message + ", offset=" + offset);
        this.offset = offset;
    }

    /** {@return offset of the byte that is wrong, from the start of the module} */
    public int offset() {
        return offset;
    }
}
