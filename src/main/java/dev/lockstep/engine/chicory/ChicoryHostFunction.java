package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.ImportFunction;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.HostFunction;
import java.util.Arrays;
import java.util.List;

/**
 * A function of the host's that was written for Chicory, such as those of its WASI.
 *
 * @param function to give to the guest's modules.
 */
public record ChicoryHostFunction(ImportFunction function) implements HostFunction {
    /**
     * Takes functions as Chicory has them.
     *
     * @param functions to take.
     * @return the same for Lockstep.
     */
    public static List<HostFunction> of(final ImportFunction... functions) {
        return Arrays.stream(functions)
                .<HostFunction>map(ChicoryHostFunction::new)
                .toList();
    }

    @Override
    public String module() {
        return function.module();
    }

    @Override
    public String name() {
        return function.name();
    }

    @Override
    public ExternType.Function type() {
        return Types.of(function.functionType());
    }

    @Override
    public Body body() {
        return null;
    }
}
