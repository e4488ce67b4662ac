package dev.lockstep.engine.wasm;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Type of something that a module imports or exports. */
public sealed interface ExternType {
    /**
     * A function.
     *
     * @param parameters of it, in order.
     * @param results of it, in order.
     */
    record Function(List<ValueType> parameters, List<ValueType> results) implements ExternType {
        /** Takes copies of the lists. */
        public Function {
            parameters = List.copyOf(parameters);
            results = List.copyOf(results);
        }

        @Override
        public String toString() {
            return "func(" + names(parameters) + ")->(" + names(results) + ")";
        }

        private static String names(final List<ValueType> types) {
            return types.stream().map(ExternType::name).collect(Collectors.joining(","));
        }
    }

    /**
     * A global.
     *
     * @param type of its value.
     * @param mutable whether it can be changed.
     */
    record Global(ValueType type, boolean mutable) implements ExternType {
        @Override
        public String toString() {
            return "global(" + (mutable ? "mut " : "") + name(type) + ")";
        }
    }

    /**
     * A linear memory.
     *
     * @param initialPages that it has at least.
     * @param maximumPages that it may grow to at most.
     * @param shared whether threads may share it.
     */
    record Memory(long initialPages, long maximumPages, boolean shared) implements ExternType {
        @Override
        public String toString() {
            return "memory(" + initialPages + ".." + maximumPages + (shared ? " shared" : "") + ")";
        }
    }

    /**
     * A table.
     *
     * @param initialSlots that it has at least.
     * @param maximumSlots that it may grow to at most.
     */
    record Table(long initialSlots, long maximumSlots) implements ExternType {
        @Override
        public String toString() {
            return "table(" + initialSlots + ".." + maximumSlots + ")";
        }
    }

    /**
     * Something else, such as an exception's tag.
     *
     * @param kind of thing.
     */
    record Other(String kind) implements ExternType {
        @Override
        public String toString() {
            return kind;
        }
    }

    private static String name(final ValueType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    /** The type of a function without parameters and results, such as a constructor. */
    Function NOTHING = new Function(List.of(), List.of());
}
