package dev.lockstep.engine;

/**
 * Why a module can't be linked: the origin's {@code LinkError}, by its names where it has one.
 *
 * <table>
 * <caption>Cases of the origin that are something else here</caption>
 * <tr><td>SynchronizationAborted</td><td>{@link dev.lockstep.linker.SynchronizationAbortedException}</td></tr>
 * <tr><td>InstanceGroupIsDead</td><td>{@link dev.lockstep.linker.InstanceGroupDeadException}</td></tr>
 * <tr><td>SpawnError</td><td>{@link #MODULE_REFUSED}: whatever the engine says when it reads or compiles a module</td></tr>
 * <tr><td>GlobalUpdateFailed</td><td>can't happen: the loader makes every global that it sets</td></tr>
 * <tr><td>RuntimeHookError, InitializationError, MainModuleHandleInitFailed</td><td>{@link #INSTANTIATION_ERROR}</td></tr>
 * </table>
 */
public enum LinkError {
    /** The main module imports something that nobody gives, other than a function of {@code env}. */
    MISSING_MAIN_MODULE_IMPORT,

    /** A side module imports something from the host that the host does not give. */
    MISSING_IMPORT,

    /** The engine of this process, or of another one, refuses the module, or a process does not answer. */
    MODULE_REFUSED,

    /** No instance can be made of the module. */
    INSTANTIATION_ERROR,

    /** There is no room for the module's data or its threads' blocks. */
    MEMORY_ALLOCATION_ERROR,

    /** There is no room for the module's slots of the function table. */
    TABLE_ALLOCATION_ERROR,

    /** The module was not found anywhere it was looked for. */
    SHARED_LIBRARY_MISSING,

    /** The module has no dylink section. */
    NOT_DYNAMIC_LIBRARY,

    /** The module's dylink section is damaged; the cause names the byte. */
    DYLINK0_SECTION_PARSE_ERROR,

    /** The module wants a shared memory and there is another one, or the other way round. */
    MEMORY_NOT_SHARED,

    /** An address that the module asks for (GOT.mem, GOT.func) is nobody's. */
    UNRESOLVED_GLOBAL,

    /** An address is asked for as something else than an integer. */
    NON_INTEGER_GLOBAL,

    /** An import that the loader gives itself has another type, or is one that it does not know. */
    BAD_IMPORT,

    /** What an import is bound to has another type. */
    IMPORT_TYPE_MISMATCH,

    /** An import of {@code env} that is not the loader's own is no function. */
    IMPORT_MUST_BE_FUNCTION,

    /** An export that the loader calls is no function. */
    EXPORT_MUST_BE_FUNCTION,

    /** A function that initialises the module has parameters or results. */
    INIT_FUNC_WITH_INVALID_SIGNATURE,

    /** A function that initialises the module has trapped, or its memory could not be filled; it was taken out again. */
    INIT_FUNCTION_FAILED,

    /** What the module says of its thread-local block is wrong. */
    BAD_TLS_BASE_EXPORT,

    /** A thread-local symbol is asked for, and the module that has it gives no way to make its block. */
    MISSING_TLS_BASE_EXPORT,

    /** Another module goes by that name already. */
    NAME_TAKEN,

    /** A module that it is linked to has failed. */
    DEPENDENCY_FAILED,

    /** The main module is another one than the universe's: the cause of that a group can't be made. */
    MAIN_MODULE_MISMATCH,

    /** There are more groups than stacks. */
    NO_STACK
}
