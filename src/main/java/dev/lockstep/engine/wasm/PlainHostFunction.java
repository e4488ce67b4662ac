package dev.lockstep.engine.wasm;

import java.util.Objects;

/** A function of the host's for any engine. */
record PlainHostFunction(String module, String name, ExternType.Function type, Body body) implements HostFunction {
    PlainHostFunction {
        Objects.requireNonNull(module, "module");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(body, "body");
    }
}
