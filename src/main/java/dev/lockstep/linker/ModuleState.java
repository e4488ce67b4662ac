package dev.lockstep.linker;

import dev.lockstep.linker.table.ModuleStates;

/** How far the initialisation of a module has come: once for all groups, by the group that loaded it. */
public enum ModuleState {
    /** There is no such module. */
    NONE(ModuleStates.NONE),

    /** Its memory is being zeroed, initialised and relocated. */
    DATA(ModuleStates.DATA),

    /** Its constructors run. */
    CTORS(ModuleStates.CTORS),

    /** It can be used. */
    READY(ModuleStates.READY),

    /** Its initialisation failed; it cannot be used. */
    FAILED(ModuleStates.FAILED),

    /** It was ready, and was unloaded; it cannot be used. */
    UNLOADED(ModuleStates.UNLOADED);

    private static final ModuleState[] VALUES = values();

    private final int code;

    ModuleState(final int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static ModuleState of(final int code) {
        for (final ModuleState state : VALUES) {
            if (state.code == code) {
                return state;
            }
        }
        throw new IllegalStateException("unknown module state: code=" + code);
    }
}
