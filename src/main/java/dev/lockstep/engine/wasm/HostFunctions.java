package dev.lockstep.engine.wasm;

import java.util.List;
import java.util.stream.Stream;

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

    /**
     * {@return these functions and some more}
     *
     * @param more functions; each takes the place of one of the same module and name.
     */
    default HostFunctions with(final HostFunction... more) {
        final List<HostFunction> added = List.of(more);
        return () -> Stream.concat(
                        added.stream(),
                        functions().stream()
                                .filter(present -> added.stream()
                                        .noneMatch(one -> one.name().equals(present.name())
                                                && one.module().equals(present.module()))))
                .toList();
    }
}
