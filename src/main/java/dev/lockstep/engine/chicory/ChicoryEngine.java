package dev.lockstep.engine.chicory;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.internal.ClassLoadingCollector;
import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.compiler.internal.CompilerResult;
import com.dylibso.chicory.compiler.internal.MachineFactory;
import com.dylibso.chicory.wasm.Parser;
import dev.lockstep.engine.wasm.GuestSpace;
import dev.lockstep.engine.wasm.WasmEngine;
import dev.lockstep.engine.wasm.WasmModule;
import dev.lockstep.engine.wasm.WasmStore;

/** Chicory, with every module compiled to bytecode. Thread-safe. */
public final class ChicoryEngine implements WasmEngine {
    /** The engine; it has no state. */
    public static final ChicoryEngine INSTANCE = new ChicoryEngine();

    private ChicoryEngine() {}

    @Override
    public String name() {
        return "chicory";
    }

    @Override
    public WasmModule compile(final byte[] bytes) {
        final com.dylibso.chicory.wasm.WasmModule module = Parser.parse(bytes);
        // The public builder does not tell which functions were too big for a Java method, and are interpreted.
        final CompilerResult result = Compiler.builder(module)
                .withInterpreterFallback(InterpreterFallback.SILENT)
                .withClassCollectorFactory(ClassLoadingCollector::new)
                .build()
                .compile();
        return new ChicoryModule(
                module,
                new MachineFactory(module, ((ClassLoadingCollector) result.collector()).machineFactory()),
                result.interpretedFunctions().size());
    }

    @Override
    public WasmStore newStore(final GuestSpace guest) {
        return new ChicoryStore(guest);
    }
}
