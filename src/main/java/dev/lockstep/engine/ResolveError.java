package dev.lockstep.engine;

/**
 * Why a symbol can't be resolved: the origin's {@code ResolveError}, by its names. Its InstanceGroupIsDead is {@link
 * dev.lockstep.linker.InstanceGroupDeadException} here, and what goes wrong while another group's operation is answered is
 * {@link dev.lockstep.linker.SynchronizationAbortedException}.
 */
public enum ResolveError {
    /** There is no such module, or it was taken out. */
    INVALID_MODULE_HANDLE,

    /** Nothing of that name is exported where it was looked for. */
    MISSING_EXPORT,

    /** What is exported under that name is neither a function nor data, or of another type than wanted. */
    INVALID_EXPORT_TYPE,

    /** There is no room for another slot of the function table. */
    TABLE_ALLOCATION_ERROR,

    /** The symbol is thread-local, and its module gives no way to find a thread's block. */
    NO_TLS_BASE_GLOBAL_EXPORT
}
