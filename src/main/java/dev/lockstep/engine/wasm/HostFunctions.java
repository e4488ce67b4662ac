package dev.lockstep.engine.wasm;

import java.util.List;

/**
 * What the host gives to the modules of one group beside what they give each other. Must be the same, name by name and
 * type by type, in every group of the universe: that a module can be linked is decided by the group that loads it.
 */
@FunctionalInterface
public interface HostFunctions {
    /** Gives nothing. */
    HostFunctions NONE = List::of;

    /** {@return the functions; called once a group} */
    List<HostFunction> functions();
}
