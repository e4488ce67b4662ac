package dev.lockstep.engine.loader;

import dev.lockstep.engine.wasm.GuestCaller;

/** What every function of the host's gets as its caller when the guest is run by this package: also the group's linker. */
public interface LinkingCaller extends GuestCaller {
    /** {@return the linker of the group whose guest calls} */
    GuestLinker linker();

    /** {@return slot of the group whose guest calls} */
    int group();
}
