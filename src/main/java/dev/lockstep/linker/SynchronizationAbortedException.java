package dev.lockstep.linker;

/**
 * The universe has been aborted: replicas may differ, so nothing more may be agreed on. Sticky; every entry of every
 * group in every JVM refuses with the same code. All groups are to be shut down and the universe is to be made anew.
 */
public final class SynchronizationAbortedException extends RuntimeException {
    /** A replica could not apply a committed operation. */
    public static final int CODE_APPLY_FAILED = 1;

    /** A replica's function table was out of step with the operation's. */
    public static final int CODE_TABLE_OUT_OF_STEP = 2;

    /** The owner of running guest constructors died, and the universe's policy is to abort then. */
    public static final int CODE_CONSTRUCTOR_OWNER_DIED = 4;

    /** A shared region was found damaged. */
    public static final int CODE_CORRUPT = 5;

    private static final long serialVersionUID = 1L;

    private final int code;
    private final int slot;
    private final long sequence;

    SynchronizationAbortedException(final int code, final int slot, final long sequence) {
        super("synchronization was aborted: code=" + code + " (" + describe(code) + ") group=" + slot + " sequence="
                + sequence + ", shut every group down and make the universe anew");
        this.code = code;
        this.slot = slot;
        this.sequence = sequence;
    }

    private static String describe(final int code) {
        return switch (code) {
            case CODE_APPLY_FAILED -> "a replica failed to apply";
            case CODE_TABLE_OUT_OF_STEP -> "a function table was out of step";
            case CODE_CONSTRUCTOR_OWNER_DIED -> "the owner of running constructors died";
            case CODE_CORRUPT -> "a shared region is damaged";
            default -> "given by the embedder";
        };
    }

    /** {@return why: one of the codes above or the embedder's own; the first one wins} */
    public int code() {
        return code;
    }

    /** {@return slot of the group that aborted} */
    public int slot() {
        return slot;
    }

    /** {@return committed sequence at which it aborted} */
    public long sequence() {
        return sequence;
    }
}
