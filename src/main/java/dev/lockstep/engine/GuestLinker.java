package dev.lockstep.engine;

import java.io.IOException;
import java.nio.file.Path;

/**
 * dlopen and dlsym for one group's guest. Used by the group's thread only, which must not hold the guest lock.
 */
public interface GuestLinker {
    /**
     * Loads a module with what it needs, unless it is loaded; when this returns, its constructors have run.
     *
     * @param file of the module. Its name, without directories, is the module's name.
     * @return handle of the module, the same in every group.
     * @throws IOException if a file can't be read or stored.
     * @throws MalformedModuleException if it is not a dynamic library.
     * @throws LinkException if something that it imports is missing: nothing has changed then; or if its initialisation
     *     fails: then it is not loaded, and the same call begins anew.
     */
    int loadModule(Path file) throws IOException;

    /**
     * Gives an exported function a slot in the function table, unless it has one.
     *
     * @param handle of the module that exports it.
     * @param name of the function.
     * @return the slot, the same in every group: what a function pointer is in the guest.
     * @throws LinkException if the module exports no such function.
     */
    int resolveFunction(int handle, String name);
}
