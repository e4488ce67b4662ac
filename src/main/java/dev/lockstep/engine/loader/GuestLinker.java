package dev.lockstep.engine.loader;

import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ResolveException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * dlopen, dlsym and dlclose for one group's guest. Used by the group's thread only; also from functions of the host's that the
 * guest calls, constructors among them.
 *
 * <p>After any error everything is as it was before the call, which can be repeated.
 */
public interface GuestLinker {
    /** Stands for all modules, in the order main module, then side modules by handle. */
    int RTLD_DEFAULT = 0;

    /**
     * Loads a module with what it needs, unless it is loaded; when this returns, its constructors have run. Each call is to
     * be matched by one of {@link #unloadModule}.
     *
     * @param file of the module. A module of that name from another file is another module.
     * @return handle of the module, the same in every group.
     * @throws IOException if it can't be stored in the universe.
     * @throws LinkException if it can't be loaded; its {@linkplain LinkException#error() error} says why.
     */
    int loadModule(Path file) throws IOException;

    /**
     * Loads a module that is looked for by the guest's {@linkplain GuestOptions#search() search path}; one whose name has a
     * slash is a path. Whatever is loaded under a name without slash already is the one.
     *
     * @param name of the module.
     * @return handle of the module, the same in every group.
     * @throws IOException if it can't be stored in the universe.
     * @throws LinkException if it can't be loaded; its {@linkplain LinkException#error() error} says why.
     */
    int loadModule(String name) throws IOException;

    /**
     * Loads a module that is no file.
     *
     * @param name by which it is known.
     * @param module its bytes.
     * @return handle of the module, the same in every group.
     * @throws IOException if it can't be stored in the universe.
     * @throws LinkException if it can't be loaded, or another module goes by that name.
     */
    int loadModule(String name, byte[] module) throws IOException;

    /**
     * Lets go of a module: the counterpart of one {@link #loadModule}. Once nobody has it any more and no module that stays
     * is linked to it, it is taken out, with what only it needed: its slots of the function table become null in every group,
     * and its places in memory and table are free for others. Pointers to it that the guest still has point at nothing.
     *
     * @param handle of the module.
     * @return whether it was taken out.
     * @throws ResolveException if there is no such module, or it was let go of as often as it was loaded.
     */
    boolean unloadModule(int handle);

    /**
     * {@return whether there is a module with a handle that was not taken out}
     *
     * @param handle to look for; {@link #RTLD_DEFAULT} is none.
     */
    boolean isHandleValid(int handle);

    /**
     * Looks a symbol up. A function has one slot ever, however often and from wherever it is asked for.
     *
     * @param handle of the module that exports it, or {@link #RTLD_DEFAULT}.
     * @param symbol name of it.
     * @return what a pointer to it is in the guest.
     * @throws ResolveException if it can't be resolved; its {@linkplain ResolveException#error() error} says why.
     */
    ResolvedExport resolveExport(int handle, String symbol);

    /**
     * Looks a symbol up in the modules that come after one: RTLD_NEXT.
     *
     * @param caller handle of the module that asks.
     * @param symbol name of it.
     * @return what a pointer to it is in the guest.
     * @throws ResolveException if it can't be resolved; its {@linkplain ResolveException#error() error} says why.
     */
    ResolvedExport resolveNext(int caller, String symbol);

    /**
     * Looks a function up, see {@link #resolveExport}.
     *
     * @param handle of the module that exports it.
     * @param name of the function.
     * @return its slot, the same in every group: what a function pointer is in the guest.
     * @throws ResolveException if the module exports no such function.
     */
    int resolveFunction(int handle, String name);

    /** {@return a slot of the function table for a closure; to be prepared before it is called} */
    int allocateClosureIndex();

    /**
     * Makes a closure of a slot, in every group: a function of any type, whose calls go to a backing function with three i32: the
     * address of the arguments, one behind the other without gaps, the address for the results, and the user data.
     *
     * @param closure from {@link #allocateClosureIndex}.
     * @param backingFunction slot of the backing function.
     * @param signature letters of the parameters, a colon, letters of the results: i, I, f, F for i32, i64, f32, f64.
     * @param userData for the backing function.
     * @throws IllegalArgumentException if it is no closure's slot, or no signature.
     */
    void prepareClosure(int closure, int backingFunction, String signature, int userData);

    /**
     * Gives a closure's slot back.
     *
     * @param closure from {@link #allocateClosureIndex}.
     * @throws IllegalArgumentException if it is no closure's slot that is in use; nothing is changed.
     */
    void freeClosureIndex(int closure);
}
