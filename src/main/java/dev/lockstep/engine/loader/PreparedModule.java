package dev.lockstep.engine.loader;

import static org.agrona.BitUtil.align;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.DylinkSection;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.MalformedModuleException;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.ValueType;
import dev.lockstep.engine.wasm.WasmEngine;
import dev.lockstep.engine.wasm.WasmExport;
import dev.lockstep.engine.wasm.WasmImport;
import dev.lockstep.engine.wasm.WasmModule;
import java.util.ArrayList;
import java.util.List;

/**
 * A module that was read, checked and compiled, once a JVM: ready to be loaded anywhere.
 *
 * <p>Immutable; shared by all groups of the JVM.
 */
public final class PreparedModule {
    static final String ENV = "env";
    static final String GOT_FUNC = "GOT.func";
    static final String GOT_MEM = "GOT.mem";
    static final String MEMORY = "memory";
    static final String TABLE = "__indirect_function_table";
    static final String RELOCATE_DATA = "__wasm_apply_data_relocs";
    static final String CONSTRUCT = "__wasm_call_ctors";
    static final String INITIALIZE = "_initialize";
    static final String INIT_THREAD = "__wasm_init_tls";

    private static final String THREAD_SIZE = "__tls_size";
    private static final String THREAD_ALIGNMENT = "__tls_align";
    private static final ExternType.Function ADDRESS_TAKER = new ExternType.Function(List.of(ValueType.I32), List.of());
    private static final long MAX_ALIGNMENT = 1 << 30;

    private final ContentHash hash;
    private final DylinkSection dylink;
    private final WasmModule module;
    private final long compileNanos;
    private final List<String> functionAddresses = new ArrayList<>();
    private final ExternType.Memory memory;
    private final long threadBytes;
    private final long threadAlignment;

    private PreparedModule(
            final String name,
            final ContentHash hash,
            final DylinkSection dylink,
            final WasmModule module,
            final long compileNanos) {
        this.hash = hash;
        this.dylink = dylink;
        this.module = module;
        this.compileNanos = compileNanos;
        ExternType.Memory wanted = new ExternType.Memory(0, Long.MAX_VALUE, false);
        for (final WasmImport needed : module.imports()) {
            if (needed.module().equals(GOT_FUNC)) {
                functionAddresses.add(needed.name());
            }
            if (needed.type() instanceof ExternType.Memory imported) {
                wanted = imported;
            }
        }
        memory = wanted;
        if (module.export(INIT_THREAD) == null) {
            threadBytes = 0;
            threadAlignment = 1;
        } else {
            threadBytes = constant(name, THREAD_SIZE, 0, 1L << 30);
            threadAlignment = Math.max(1, constant(name, THREAD_ALIGNMENT, 0, MAX_ALIGNMENT)); // 0 of an empty block
        }
        requireInitializer(name, RELOCATE_DATA, ExternType.NOTHING);
        requireInitializer(name, CONSTRUCT, ExternType.NOTHING);
        requireInitializer(name, INIT_THREAD, ADDRESS_TAKER);
    }

    /**
     * Checks and compiles a module.
     *
     * @param engine to compile with.
     * @param name of the module, for messages.
     * @param hash of the bytes.
     * @param bytes of the module.
     * @return the module.
     * @throws LinkException if the bytes are not a dynamic library, or the engine refuses it.
     */
    static PreparedModule prepare(
            final WasmEngine engine, final String name, final ContentHash hash, final byte[] bytes) {
        final long start = System.nanoTime();
        final DylinkSection dylink;
        try {
            dylink = DylinkSection.read(bytes);
        } catch (final MalformedModuleException e) {
            throw LinkException.of(
                            e.isOtherModule() ? LinkError.NOT_DYNAMIC_LIBRARY : LinkError.DYLINK0_SECTION_PARSE_ERROR,
                            "module is not a dynamic library that can be read")
                    .module(name)
                    .cause(e)
                    .build();
        }
        final WasmModule module;
        try {
            module = engine.compile(bytes);
        } catch (final RuntimeException e) {
            throw LinkException.of(LinkError.MODULE_REFUSED, "engine refuses the module")
                    .module(name)
                    .with("engine", engine.name())
                    .cause(e)
                    .build();
        }
        return new PreparedModule(name, hash, dylink, module, System.nanoTime() - start);
    }

    private long constant(final String name, final String symbol, final long least, final long most) {
        final WasmExport export = module.export(symbol);
        if (export == null || export.constant() == null) {
            throw LinkException.of(
                            LinkError.BAD_TLS_BASE_EXPORT, "module does not say how large its thread-local block is")
                    .module(name)
                    .symbol(symbol)
                    .expected("a constant global")
                    .found(export == null ? "nothing" : export.type())
                    .build();
        }
        final long value = export.constant();
        if (value < least || value > most || symbol.equals(THREAD_ALIGNMENT) && Long.bitCount(value) > 1) {
            throw LinkException.of(LinkError.BAD_TLS_BASE_EXPORT, "module's thread-local block can't be so")
                    .module(name)
                    .symbol(symbol)
                    .expected(least + " to " + most)
                    .found(value)
                    .build();
        }
        return value;
    }

    private void requireInitializer(final String name, final String symbol, final ExternType.Function type) {
        final WasmExport export = module.export(symbol);
        if (export == null || export.type().equals(type)) {
            return;
        }
        throw LinkException.of(
                        export.type() instanceof ExternType.Function
                                ? LinkError.INIT_FUNC_WITH_INVALID_SIGNATURE
                                : LinkError.EXPORT_MUST_BE_FUNCTION,
                        "module's initialisation can't be called")
                .module(name)
                .symbol(symbol)
                .expected(type)
                .found(export.type())
                .build();
    }

    /** Refuses a main module whose own initialisation can't be called. */
    void requireMain(final String name) {
        requireInitializer(name, INITIALIZE, ExternType.NOTHING);
    }

    /** {@return hash of the module's bytes} */
    public ContentHash hash() {
        return hash;
    }

    /** {@return what the module says of itself} */
    public DylinkSection dylink() {
        return dylink;
    }

    /** {@return nanoseconds that reading and compiling it took} */
    public long compileNanos() {
        return compileNanos;
    }

    /** {@return number of functions that run slower than the others, since the engine could not compile them} */
    public int interpretedFunctions() {
        return module.interpretedFunctions();
    }

    /** {@return the memory that the module asks for} */
    public ExternType.Memory memory() {
        return memory;
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

    /**
     * {@return bytes of linear memory that the module takes: its data, then a thread-local block for each thread}
     *
     * @param threads that there can be.
     */
    public long memoryBytes(final int threads) {
        return threadBytes == 0 ? dylink.memorySize() : threadBlockOffset(threads);
    }

    /** {@return alignment of that memory} */
    public long memoryAlignment() {
        return threadBytes == 0 ? dylink.memoryAlignment() : Math.max(dylink.memoryAlignment(), threadAlignment);
    }

    /** {@return whether each thread has a block of its own} */
    boolean hasThreadBlocks() {
        return module.export(INIT_THREAD) != null;
    }

    /** {@return bytes of a thread's block} */
    long threadBytes() {
        return threadBytes;
    }

    /** {@return offset of a thread's block from the module's memory base} */
    long threadBlockOffset(final int thread) {
        return align(dylink.memorySize(), threadAlignment) + thread * align(threadBytes, threadAlignment);
    }

    /** {@return names of the functions whose addresses the module asks for, in the order of its imports} */
    List<String> functionAddresses() {
        return functionAddresses;
    }

    WasmModule module() {
        return module;
    }

    /** {@return index of an exported function, or −1} */
    int functionIndex(final String name) {
        final WasmExport export = module.export(name);
        return export == null || !(export.type() instanceof ExternType.Function) ? -1 : export.index();
    }

    /** {@return whether a global of this name is exported} */
    boolean exportsGlobal(final String name) {
        final WasmExport export = module.export(name);
        return export != null && export.type() instanceof ExternType.Global;
    }

    @Override
    public String toString() {
        return hash.hex();
    }
}
