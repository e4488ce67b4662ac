package dev.lockstep.engine.loader;

import dev.lockstep.engine.wasm.Binding;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestCaller;
import dev.lockstep.engine.wasm.GuestMemory;
import dev.lockstep.engine.wasm.HostFunction;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.engine.wasm.WasmInstance;
import java.util.List;

/**
 * The host's functions of one group. Each call of one answers first what is pending: guest code may come here without having
 * read its stack pointer. They can be put into slots of the function table like a module's.
 *
 * <p>Used by its group's thread only.
 */
final class HostCalls implements WasmInstance {
    /** What a group does about a call that blocks. */
    @FunctionalInterface
    interface SafeRegion {
        /** Does it while nobody waits for the group. */
        <T, E extends Exception> T run(GuestCaller.Blocking<T, E> work) throws E;
    }

    private final List<HostFunction> functions;
    private final GuestMemory memory;
    private final GuestCaller nobody = new Caller(0);
    private Runnable poll = () -> {};
    private Runnable onReturn = () -> {};
    private SafeRegion safeRegion = GuestCaller.Blocking::run; // nobody waits for an only group
    private GuestLinker linker;
    private int group;

    HostCalls(final HostFunctions functions, final GuestMemory memory) {
        this.functions = List.copyOf(functions.functions());
        this.memory = memory;
    }

    void pollWith(final Runnable action) {
        poll = action == null ? () -> {} : action;
    }

    /** Sets what is run when a function of the host's returns to the guest. */
    void onReturn(final Runnable action) {
        onReturn = action;
    }

    void linkBy(final GuestLinker groupsLinker, final int slot) {
        linker = groupsLinker;
        group = slot;
    }

    void blockIn(final SafeRegion region) {
        safeRegion = region;
    }

    /** {@return index of a function, or −1} */
    int find(final String module, final String name) {
        for (int i = 0; i < functions.size(); i++) {
            final HostFunction function = functions.get(i);
            if (function.name().equals(name) && function.module().equals(module)) {
                return i;
            }
        }
        return -1;
    }

    /** {@return index of a function that can have a slot of the function table, or −1} */
    int findAddressable(final String name) {
        final int index = find(PreparedModule.ENV, name);
        return index >= 0 && functions.get(index).body() != null ? index : -1;
    }

    Binding binding(final int index, final int module) {
        final HostFunction function = functions.get(index);
        final GuestCaller caller = new Caller(module);
        return function.body() == null
                ? new Binding.Native(function, () -> poll.run(), () -> onReturn.run())
                : new Binding.Host(function.type(), arguments -> call(index, caller, arguments));
    }

    @Override
    public ExternType.Function functionType(final int function) {
        return functions.get(function).type();
    }

    @Override
    public long[] call(final int function, final long... arguments) {
        return call(function, nobody, arguments);
    }

    private long[] call(final int function, final GuestCaller caller, final long... arguments) {
        poll.run();
        final long[] results = functions.get(function).body().call(caller, arguments);
        onReturn.run();
        return results;
    }

    /** A module of the group's guest that calls. */
    private final class Caller implements LinkingCaller {
        private final int module;

        Caller(final int module) {
            this.module = module;
        }

        @Override
        public int module() {
            return module;
        }

        @Override
        public GuestLinker linker() {
            return linker;
        }

        @Override
        public int group() {
            return group;
        }

        @Override
        public GuestMemory memory() {
            return memory;
        }

        @Override
        public <T, E extends Exception> T blocking(final Blocking<T, E> work) throws E {
            return safeRegion.run(work);
        }
    }
}
