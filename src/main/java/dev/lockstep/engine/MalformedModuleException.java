package dev.lockstep.engine;

/** The bytes are not a module that can be loaded; the message names the offset of the byte that is wrong. */
public final class MalformedModuleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Where in the module's bytes it went wrong. */
    private final int offset;

    /** Whether it is no dynamic library at all, rather than a damaged one. */
    private final boolean isOtherModule;

    /**
     * Makes the exception; the offset becomes part of the message.
     *
     * @param message what is wrong.
     * @param offset of the byte that is wrong, from the start of the module.
     */
    public MalformedModuleException(final String message, final int offset) {
        this(message, offset, false);
    }

    private MalformedModuleException(final String message, final int offset, final boolean isOtherModule) {
        super(message + ", offset=" + offset);
        this.offset = offset;
        this.isOtherModule = isOtherModule;
    }

    /** Makes the exception for something that is no dynamic library at all. */
    static MalformedModuleException ofOtherModule(final String message, final int offset) {
        return new MalformedModuleException(message, offset, true);
    }

    /** {@return whether it is no dynamic library at all, rather than a damaged one} */
    public boolean isOtherModule() {
        return isOtherModule;
    }

    /** {@return offset of the byte that is wrong, from the start of the module} */
    public int offset() {
        return offset;
    }
}
