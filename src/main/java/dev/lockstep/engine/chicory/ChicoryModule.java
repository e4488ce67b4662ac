package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.types.Export;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.Global;
import com.dylibso.chicory.wasm.types.GlobalImport;
import com.dylibso.chicory.wasm.types.Import;
import com.dylibso.chicory.wasm.types.Instruction;
import com.dylibso.chicory.wasm.types.MemoryImport;
import com.dylibso.chicory.wasm.types.OpCode;
import com.dylibso.chicory.wasm.types.TableImport;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.WasmExport;
import dev.lockstep.engine.wasm.WasmImport;
import dev.lockstep.engine.wasm.WasmModule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A module as Chicory has it. Immutable. */
final class ChicoryModule implements WasmModule {
    private final com.dylibso.chicory.wasm.WasmModule module;
    private final Function<Instance, Machine> machineFactory;
    private final int interpretedFunctions;
    private final List<WasmImport> imports = new ArrayList<>();
    private final List<ExternType> globals = new ArrayList<>();
    private final List<Integer> importedFunctions = new ArrayList<>();
    private final Map<String, WasmExport> exports = new LinkedHashMap<>();
    private final com.dylibso.chicory.wasm.WasmModule callerTypes;

    ChicoryModule(
            final com.dylibso.chicory.wasm.WasmModule module,
            final Function<Instance, Machine> machineFactory,
            final int interpretedFunctions) {
        this.module = module;
        this.machineFactory = machineFactory;
        this.interpretedFunctions = interpretedFunctions;
        for (int i = 0; i < module.importSection().importCount(); i++) {
            final Import needed = module.importSection().getImport(i);
            final ExternType type = typeOf(needed);
            imports.add(new WasmImport(needed.module(), needed.name(), type));
            if (needed instanceof FunctionImport function) {
                importedFunctions.add(function.typeIndex());
            } else if (needed instanceof GlobalImport) {
                globals.add(type);
            }
        }
        for (int i = 0; i < module.exportSection().exportCount(); i++) {
            final Export export = module.exportSection().getExport(i);
            exports.put(export.name(), exported(export));
        }
        callerTypes = ForeignFunction.callerTypes(module);
    }

    private ExternType typeOf(final Import needed) {
        if (needed instanceof FunctionImport function) {
            return Types.of(module.typeSection().getType(function.typeIndex()));
        }
        if (needed instanceof GlobalImport global) {
            return Types.global(global.type(), global.mutabilityType());
        }
        if (needed instanceof MemoryImport memory) {
            return new ExternType.Memory(
                    memory.limits().initialPages(),
                    memory.limits().maximumPages(),
                    memory.limits().shared());
        }
        if (needed instanceof TableImport table) {
            return new ExternType.Table(table.limits().min(), table.limits().max());
        }
        return new ExternType.Other("tag");
    }

    private WasmExport exported(final Export export) {
        final int index = export.index();
        return switch (export.exportType()) {
            case FUNCTION -> new WasmExport(index, functionType(index), null);
            case GLOBAL -> {
                if (index < globals.size()) {
                    yield new WasmExport(index, globals.get(index), null);
                }
                final Global global = module.globalSection().getGlobal(index - globals.size());
                yield new WasmExport(
                        index, Types.global(global.valueType(), global.mutabilityType()), constantOf(global));
            }
            case MEMORY -> new WasmExport(index, new ExternType.Other("memory"), null);
            case TABLE -> new WasmExport(index, new ExternType.Other("table"), null);
            default -> new WasmExport(index, new ExternType.Other("tag"), null);
        };
    }

    private static Long constantOf(final Global global) {
        for (final Instruction instruction : global.initInstructions()) {
            if (instruction.opcode() == OpCode.I32_CONST) {
                return global.initInstructions().size() <= 2 ? (long) (int) instruction.operand(0) : null;
            }
            if (instruction.opcode() == OpCode.I64_CONST) {
                return global.initInstructions().size() <= 2 ? instruction.operand(0) : null;
            }
        }
        return null;
    }

    @Override
    public List<WasmImport> imports() {
        return imports;
    }

    @Override
    public WasmExport export(final String name) {
        return exports.get(name);
    }

    @Override
    public List<String> exports() {
        return List.copyOf(exports.keySet());
    }

    @Override
    public int interpretedFunctions() {
        return interpretedFunctions;
    }

    com.dylibso.chicory.wasm.WasmModule module() {
        return module;
    }

    Function<Instance, Machine> machineFactory() {
        return machineFactory;
    }

    /** {@return a module with this one's types and one function a type; see {@link ForeignFunction}} */
    com.dylibso.chicory.wasm.WasmModule callerTypes() {
        return callerTypes;
    }

    /** {@return type of a function by its index} */
    ExternType.Function functionType(final int index) {
        final int imported = importedFunctions.size();
        final int type = index < imported
                ? importedFunctions.get(index)
                : module.functionSection().getFunctionType(index - imported);
        return Types.of(module.typeSection().getType(type));
    }
}
