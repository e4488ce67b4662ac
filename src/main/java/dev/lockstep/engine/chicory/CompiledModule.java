package dev.lockstep.engine.chicory;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.internal.ClassLoadingCollector;
import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.compiler.internal.CompilerResult;
import com.dylibso.chicory.compiler.internal.MachineFactory;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.Export;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.GlobalImport;
import com.dylibso.chicory.wasm.types.Import;
import com.dylibso.chicory.wasm.types.MemoryImport;
import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.DylinkSection;
import dev.lockstep.engine.MalformedModuleException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A module in the form that instances are made from: parsed, checked and compiled to bytecode, once a JVM.
 *
 * <p>Immutable; shared by all groups of the JVM.
 */
public final class CompiledModule {
    /** Import module of addresses of functions. */
    static final String GOT_FUNC = "GOT.func";

    /** Import module of addresses of data. */
    static final String GOT_MEM = "GOT.mem";

    private final ContentHash hash;
    private final DylinkSection dylink;
    private final WasmModule module;
    private final Function<Instance, Machine> machineFactory;
    private final int interpretedFunctions;
    private final long compileNanos;
    private final Map<String, Export> exports = new HashMap<>();
    private final List<FunctionImport> functionImports = new ArrayList<>();
    private final List<GlobalImport> globalImports = new ArrayList<>();
    private final List<String> functionAddresses = new ArrayList<>();
    private final int leastMemoryPages;
    private final WasmModule callerTypes;

    private CompiledModule(
            final ContentHash hash,
            final DylinkSection dylink,
            final WasmModule module,
            final Function<Instance, Machine> machineFactory,
            final int interpretedFunctions,
            final long compileNanos) {
        this.hash = hash;
        this.dylink = dylink;
        this.module = module;
        this.machineFactory = machineFactory;
        this.interpretedFunctions = interpretedFunctions;
        this.compileNanos = compileNanos;
        for (int i = 0; i < module.exportSection().exportCount(); i++) {
            final Export export = module.exportSection().getExport(i);
            exports.put(export.name(), export);
        }
        int pages = 0;
        for (int i = 0; i < module.importSection().importCount(); i++) {
            final Import needed = module.importSection().getImport(i);
            if (needed instanceof FunctionImport function) {
                functionImports.add(function);
            } else if (needed instanceof GlobalImport global) {
                globalImports.add(global);
                if (global.module().equals(GOT_FUNC)) {
                    functionAddresses.add(global.name());
                }
            } else if (needed instanceof MemoryImport memory) {
                pages = memory.limits().initialPages();
            }
        }
        leastMemoryPages = pages;
        callerTypes = ForeignFunction.callerTypes(module);
    }

    /**
     * Compiles a module.
     *
     * @param bytes of the module.
     * @return the compiled module.
     * @throws MalformedModuleException if the bytes are not a dynamic library.
     * @throws ChicoryException if the engine refuses it.
     */
    static CompiledModule compile(final byte[] bytes) {
        final long start = System.nanoTime();
        final DylinkSection dylink = DylinkSection.read(bytes);
        final WasmModule module = Parser.parse(bytes);
        // The public builder does not tell which functions were too big for a Java method, and are interpreted.
        final CompilerResult result = Compiler.builder(module)
                .withInterpreterFallback(InterpreterFallback.SILENT)
                .withClassCollectorFactory(ClassLoadingCollector::new)
                .build()
                .compile();
        final Function<Instance, Machine> factory =
                new MachineFactory(module, ((ClassLoadingCollector) result.collector()).machineFactory());
        return new CompiledModule(
                ContentHash.of(bytes),
                dylink,
                module,
                factory,
                result.interpretedFunctions().size(),
                System.nanoTime() - start);
    }

    /** {@return hash of the module's bytes} */
    public ContentHash hash() {
        return hash;
    }

    /** {@return what the module says of itself} */
    public DylinkSection dylink() {
        return dylink;
    }

    /** {@return number of functions that are too big for a Java method and therefore interpreted} */
    public int interpretedFunctions() {
        return interpretedFunctions;
    }

    /** {@return nanoseconds that parsing and compiling took} */
    public long compileNanos() {
        return compileNanos;
    }

    /** {@return pages that the module asks for at least} */
    public int leastMemoryPages() {
        return leastMemoryPages;
    }

    /**
     * Slots of the function table that the module takes: those of its elements, then one for each function whose address
     * it asks for. The second part stays empty where the function has a slot already.
     *
     * @return number of slots.
     */
    public int tableSlots() {
        return dylink.tableSize() + functionAddresses.size();
    }

    /** {@return names of the functions whose addresses the module asks for, in the order of its imports} */
    List<String> functionAddresses() {
        return functionAddresses;
    }

    List<FunctionImport> functionImports() {
        return functionImports;
    }

    List<GlobalImport> globalImports() {
        return globalImports;
    }

    WasmModule module() {
        return module;
    }

    Function<Instance, Machine> machineFactory() {
        return machineFactory;
    }

    /** {@return a module with this one's types and one function a type; see {@link ForeignFunction}} */
    WasmModule callerTypes() {
        return callerTypes;
    }

    /** {@return index of an exported function, or −1} */
    int functionIndex(final String name) {
        final Export export = exports.get(name);
        return export == null || export.exportType() != ExternalType.FUNCTION ? -1 : export.index();
    }

    /** {@return whether a global of this name is exported} */
    boolean exportsGlobal(final String name) {
        final Export export = exports.get(name);
        return export != null && export.exportType() == ExternalType.GLOBAL;
    }

    /** {@return type of a function by its index} */
    FunctionType functionType(final int index) {
        final int imported = functionImports.size();
        final int type = index < imported
                ? functionImports.get(index).typeIndex()
                : module.functionSection().getFunctionType(index - imported);
        return module.typeSection().getType(type);
    }

    @Override
    public String toString() {
        return hash.hex();
    }
}
