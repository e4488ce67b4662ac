package dev.lockstep.testing.explore;

/** What can be done at the seams. */
enum Access {
    GET_LONG(false, "getLong"),
    GET_LONG_OPAQUE(false, "getLongOpaque"),
    GET_LONG_ACQUIRE(false, "getLongAcquire"),
    GET_LONG_VOLATILE(false, "getLongVolatile"),
    GET_INT(false, "getInt"),
    GET_BYTES(false, "getBytes"),
    PUT_LONG(true, "putLong"),
    PUT_LONG_OPAQUE(true, "putLongOpaque"),
    PUT_LONG_RELEASE(true, "putLongRelease"),
    PUT_LONG_VOLATILE(true, "putLongVolatile"),
    PUT_INT(true, "putInt"),
    PUT_BYTES(true, "putBytes"),
    COMPARE_AND_SET_LONG(true, "compareAndSetLong"),
    GET_AND_ADD_LONG(true, "getAndAddLong"),
    FULL_FENCE(false, "fullFence"),
    ACQUIRE_FENCE(false, "acquireFence"),
    RELEASE_FENCE(false, "releaseFence"),
    STORE_STORE_FENCE(false, "storeStoreFence"),
    JOURNAL_WRITE(true, "write"),
    JOURNAL_READ(false, "read"),
    BYTE_TRY_ACQUIRE(true, "tryAcquire"),
    BYTE_RELEASE(true, "release");

    private final boolean changes;
    private final String method;

    Access(final boolean changes, final String method) {
        this.changes = changes;
        this.method = method;
    }

    /** Whether what others find can be different afterwards. */
    boolean changes() {
        return changes;
    }

    String method() {
        return method;
    }
}
