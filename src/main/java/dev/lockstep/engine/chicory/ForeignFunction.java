package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.AnnotatedInstruction;
import com.dylibso.chicory.wasm.types.CodeSection;
import com.dylibso.chicory.wasm.types.FunctionBody;
import com.dylibso.chicory.wasm.types.FunctionSection;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.TypeSection;
import dev.lockstep.engine.wasm.WasmInstance;
import java.util.List;

/**
 * Stands in for a function of another module when a caller looks at a slot of the function table.
 *
 * <p>An indirect call checks the callee's type by the index that the type has in its module, so a slot of another module
 * would be refused, or worse, taken for something else. The stand-in is an instance with the <em>caller's</em> types, in
 * which function k has type k and every call goes to the real one.
 */
final class ForeignFunction {
    private ForeignFunction() {}

    /**
     * A module with the types of another, in which function k has type k.
     *
     * @param caller whose types to take.
     * @return the module; shared by all stand-ins for that caller.
     */
    static WasmModule callerTypes(final WasmModule caller) {
        final TypeSection types = caller.typeSection();
        final FunctionSection.Builder functions = FunctionSection.builder();
        final CodeSection.Builder code = CodeSection.builder();
        final FunctionBody never = new FunctionBody(List.of(), List.<AnnotatedInstruction>of());
        for (int type = 0; type < types.types().length; type++) {
            functions.addFunctionType(type);
            code.addFunctionBody(never);
        }
        return WasmModule.builder()
                .setTypeSection(types)
                .setFunctionSection(functions.build())
                .setCodeSection(code.build())
                .withValidation(false)
                .build();
    }

    /** {@return index of a type among the caller's, or −1 if the caller has none like it} */
    static int typeIndex(final WasmModule callerTypes, final FunctionType type) {
        final FunctionType[] types = callerTypes.typeSection().types();
        for (int i = 0; i < types.length; i++) {
            if (type.equals(types[i])) {
                return i;
            }
        }
        return -1;
    }

    /** {@return an instance that passes every call on to a function of another} */
    static Instance standIn(final WasmModule callerTypes, final WasmInstance owner, final int function) {
        return Instance.builder(callerTypes)
                .withMachineFactory(self -> (ignored, arguments) -> owner.call(function, arguments))
                .build();
    }
}
