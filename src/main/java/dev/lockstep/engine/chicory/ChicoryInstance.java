package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportGlobal;
import com.dylibso.chicory.runtime.ImportMemory;
import com.dylibso.chicory.runtime.ImportTable;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.WasmFunctionHandle;
import com.dylibso.chicory.wasm.types.StartSection;
import dev.lockstep.engine.wasm.Binding;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestSpace;
import dev.lockstep.engine.wasm.WasmImport;
import dev.lockstep.engine.wasm.WasmInstance;
import dev.lockstep.engine.wasm.WasmModule;
import dev.lockstep.engine.wasm.WasmModuleInstance;
import java.util.List;

/** A module instance in Chicory. Used by its group's thread only. */
final class ChicoryInstance implements WasmModuleInstance {
    private final ChicoryModule module;
    private final GuestSpace guest;
    private final MappedMemory memory;
    private Instance instance;
    private boolean linked;

    ChicoryInstance(final ChicoryModule module, final GuestSpace guest) {
        this.module = module;
        this.guest = guest;
        memory = new MappedMemory(guest.memory(), guest.memoryType().shared(), guest.waiting());
    }

    @Override
    public WasmModule module() {
        return module;
    }

    ChicoryModule compiled() {
        return module;
    }

    /** {@return the engine's instance; null until it is linked} */
    Instance instance() {
        return instance;
    }

    @Override
    public void link(final List<Binding> bindings) {
        final ImportValues.Builder values = ImportValues.builder();
        for (int i = 0; i < bindings.size(); i++) {
            bind(values, module.imports().get(i), bindings.get(i));
        }
        memory.swallowInitialization(true);
        instance = Instance.builder(module.module())
                .withMachineFactory(module.machineFactory())
                .withInitialize(false)
                .withImportValues(values.build())
                .build();
        instance.initialize(false); // runs the start function; what it is told not to run is the export _start
        memory.swallowInitialization(false);
        linked = true;
    }

    /** {@return whether it is linked: from then on its guest does not change the function table} */
    boolean isLinked() {
        return linked;
    }

    private void bind(final ImportValues.Builder values, final WasmImport needed, final Binding binding) {
        if (binding instanceof Binding.Function function) {
            values.addFunction(function(needed, handle(function)));
        } else if (binding instanceof Binding.Host host) {
            values.addFunction(
                    function(needed, (caller, arguments) -> host.code().call(arguments)));
        } else if (binding instanceof Binding.Native own) {
            final WasmFunctionHandle handle =
                    ((ChicoryHostFunction) own.function()).function().handle();
            values.addFunction(function(needed, (caller, arguments) -> {
                own.before().run();
                final long[] results = handle.apply(caller, arguments);
                own.after().run();
                return results;
            }));
        } else if (binding instanceof Binding.Global global) {
            values.addGlobal(
                    new ImportGlobal(needed.module(), needed.name(), ((ChicoryGlobal) global.global()).global()));
        } else if (binding instanceof Binding.Memory) {
            values.addMemory(new ImportMemory(needed.module(), needed.name(), memory));
        } else {
            values.addTable(new ImportTable(needed.module(), needed.name(), new TableView(guest.table(), this)));
        }
    }

    private static WasmFunctionHandle handle(final Binding.Function target) {
        final int function = target.function();
        if (target.instance() instanceof ChicoryInstance other) {
            return (caller, arguments) -> other.instance.getMachine().call(function, arguments);
        }
        final WasmInstance other = target.instance();
        return (caller, arguments) -> other.call(function, arguments);
    }

    private ImportFunction function(final WasmImport needed, final WasmFunctionHandle handle) {
        return new ImportFunction(
                needed.module(), needed.name(), Types.of((ExternType.Function) needed.type()), handle);
    }

    @Override
    public long[] call(final int function, final long... arguments) {
        return instance.getMachine().call(function, arguments);
    }

    @Override
    public ExternType.Function functionType(final int function) {
        return module.functionType(function);
    }

    @Override
    public void initialize() {
        memory.initializeNow(instance);
        start();
    }

    private void start() {
        module.module().startSection().map(StartSection::startIndex).ifPresent(start -> call(start.intValue()));
    }

    @Override
    public long global(final String name) {
        return instance.exports().global(name).getValueLow();
    }
}
