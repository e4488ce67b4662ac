package dev.lockstep.engine.chicory;

import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.MutabilityType;
import com.dylibso.chicory.wasm.types.ValType;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.ValueType;
import java.util.List;

/** Translates types. */
final class Types {
    private Types() {}

    static ValueType of(final ValType type) {
        if (type.equals(ValType.I32)) {
            return ValueType.I32;
        }
        if (type.equals(ValType.I64)) {
            return ValueType.I64;
        }
        if (type.equals(ValType.F32)) {
            return ValueType.F32;
        }
        if (type.equals(ValType.F64)) {
            return ValueType.F64;
        }
        if (type.equals(ValType.V128)) {
            return ValueType.V128;
        }
        return type.equals(ValType.FuncRef) ? ValueType.FUNCREF : ValueType.OTHER;
    }

    static ExternType.Function of(final FunctionType type) {
        return new ExternType.Function(list(type.params()), list(type.returns()));
    }

    private static List<ValueType> list(final List<ValType> types) {
        return types.stream().map(Types::of).toList();
    }

    static ExternType.Global global(final ValType type, final MutabilityType mutability) {
        return new ExternType.Global(of(type), mutability == MutabilityType.Var);
    }

    static ValType of(final ValueType type) {
        return switch (type) {
            case I32 -> ValType.I32;
            case I64 -> ValType.I64;
            case F32 -> ValType.F32;
            case F64 -> ValType.F64;
            case V128 -> ValType.V128;
            case FUNCREF -> ValType.FuncRef;
            case OTHER -> throw new IllegalArgumentException("no such type here: type=" + type);
        };
    }

    static FunctionType of(final ExternType.Function type) {
        return FunctionType.of(
                type.parameters().stream().map(Types::of).toList(),
                type.results().stream().map(Types::of).toList());
    }
}
