package dev.lockstep.engine.loader;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes small side modules. Their functions call one imported function of the module {@code env} that takes nothing and gives
 * nothing, or do nothing; what else a module can have, and get wrong, is asked for.
 */
final class SideModule {
    /** Value types, as the binary format has them. */
    static final int I32 = 0x7f;

    static final int I64 = 0x7e;
    static final int FUNCREF = 0x70;

    private static final Type NOTHING = new Type(List.of(), List.of());
    private static final int THREAD_LOCAL = 0x100;
    private static final int WEAK = 0x11;

    private record Type(List<Integer> parameters, List<Integer> results) {}

    /** A function; it calls the imported one, unless that is null, and gives zeros. */
    private record Function(String name, Type type, String called) {}

    private record Constant(String name, int value, boolean isThreadLocal) {}

    private final List<Type> types = new ArrayList<>(List.of(NOTHING));
    private final List<String> needed = new ArrayList<>();
    private final List<String> imports = new ArrayList<>();
    private final List<String> weak = new ArrayList<>();
    private final List<Function> functions = new ArrayList<>();
    private final List<Constant> constants = new ArrayList<>();

    /** Imports other than functions of {@code env}, and how many of them are functions. */
    private final Bytes otherImports = new Bytes();

    private int otherImportCount;
    private int otherFunctions;
    private int importedGlobals;
    private Bytes memoryType = new Bytes().raw(2, 0, 0);
    private int memorySize;
    private int tableSize;
    private int elementOffset = -1;
    private String started;

    /** Bytes of linear memory that it asks for. */
    SideModule memory(final int bytes) {
        memorySize = bytes;
        return this;
    }

    /** Slots of the function table that it asks for. */
    SideModule table(final int slots) {
        tableSize = slots;
        return this;
    }

    /** Imports a memory that is shared between threads, as the main module in C does. */
    SideModule shared() {
        return shared(0, 65536);
    }

    SideModule shared(final int pages, final int most) {
        memoryType = new Bytes().raw(2, 3).number(pages).number(most);
        return this;
    }

    /** Another module that must be loaded first. */
    SideModule needs(final String module) {
        needed.add(module);
        return this;
    }

    /** A function that calls an imported one. */
    SideModule function(final String name, final String called) {
        return function(name, List.of(), List.of(), called);
    }

    /** A function of another type; it calls an imported one, or none, and gives zeros. */
    SideModule function(
            final String name, final List<Integer> parameters, final List<Integer> results, final String called) {
        if (called != null && !imports.contains(called)) {
            imports.add(called);
        }
        functions.add(new Function(name, type(parameters, results), called));
        return this;
    }

    private Type type(final List<Integer> parameters, final List<Integer> results) {
        final Type type = new Type(parameters, results);
        if (!types.contains(type)) {
            types.add(type);
        }
        return type;
    }

    /** Imports a function that it does not call. */
    SideModule importFunction(
            final String module, final String name, final List<Integer> parameters, final List<Integer> results) {
        otherImports.text(module).text(name).raw(0).number(types.indexOf(type(parameters, results)));
        otherImportCount++;
        otherFunctions++;
        return this;
    }

    /** Imports a global. */
    SideModule importGlobal(final String module, final String name, final int type, final boolean isMutable) {
        otherImports.text(module).text(name).raw(3, type, isMutable ? 1 : 0);
        otherImportCount++;
        importedGlobals++;
        return this;
    }

    /** Imports a table beside the one that every module has. */
    SideModule importTable(final String name, final int slots) {
        otherImports.text("env").text(name).raw(1, FUNCREF, 0).number(slots);
        otherImportCount++;
        return this;
    }

    /** Says of something imported from {@code env} that it may be missing. */
    SideModule weak(final String name) {
        weak.add(name);
        return this;
    }

    /** Exports a constant: the offset of data from the module's memory base. */
    SideModule constant(final String name, final int value) {
        constants.add(new Constant(name, value, false));
        return this;
    }

    /** Exports the offset of a thread-local from a thread's block. */
    SideModule threadLocal(final String name, final int offset) {
        constants.add(new Constant(name, offset, true));
        return this;
    }

    /** Has thread-local blocks, which an imported function makes, or which stay zero. */
    SideModule threads(final int size, final int alignment, final String called) {
        return constant("__tls_size", size)
                .constant("__tls_align", alignment)
                .function(PreparedModule.INIT_THREAD, List.of(I32), List.of(), called);
    }

    /** A start function that calls an imported one. */
    SideModule start(final String called) {
        started = "start of module";
        return function(started, called);
    }

    /** Puts its first function into a slot of the whole table, whatever the module was given of it. */
    SideModule elementAt(final int slot) {
        elementOffset = slot;
        return this;
    }

    byte[] bytes() {
        final Bytes module = new Bytes();
        module.raw(0, 'a', 's', 'm', 1, 0, 0, 0);
        module.section(0, dylink());
        module.section(1, types());
        module.section(2, imports());
        final int firstFunction = imports.size() + otherFunctions;
        final Bytes declared = new Bytes().number(functions.size());
        final Bytes exports = new Bytes().number(functions.size() + constants.size());
        final Bytes code = new Bytes().number(functions.size());
        for (int i = 0; i < functions.size(); i++) {
            final Function function = functions.get(i);
            declared.number(types.indexOf(function.type()));
            exports.text(function.name()).raw(0).number(firstFunction + i);
            code.sized(body(function));
        }
        final Bytes globals = new Bytes().number(constants.size());
        for (int i = 0; i < constants.size(); i++) {
            globals.raw(I32, 0, 0x41).signed(constants.get(i).value()).raw(0x0b);
            exports.text(constants.get(i).name()).raw(3).number(importedGlobals + i);
        }
        module.section(3, declared);
        module.section(6, globals);
        module.section(7, exports);
        if (started != null) {
            module.section(8, new Bytes().number(firstFunction + indexOf(started)));
        }
        if (elementOffset >= 0) {
            module.section(
                    9,
                    new Bytes()
                            .raw(1, 0, 0x41)
                            .signed(elementOffset)
                            .raw(0x0b, 1)
                            .number(firstFunction));
        }
        module.section(10, code);
        return module.out.toByteArray();
    }

    private int indexOf(final String function) {
        for (int i = 0; i < functions.size(); i++) {
            if (functions.get(i).name().equals(function)) {
                return i;
            }
        }
        throw new IllegalStateException("no such function: name=" + function);
    }

    private Bytes body(final Function function) {
        final Bytes body = new Bytes().raw(0);
        if (function.called() != null) {
            body.raw(0x10).number(imports.indexOf(function.called()));
        }
        function.type().results().forEach(result -> body.raw(result == I32 ? 0x41 : 0x42, 0));
        return body.raw(0x0b);
    }

    private Bytes types() {
        final Bytes section = new Bytes().number(types.size());
        for (final Type type : types) {
            section.raw(0x60).number(type.parameters().size());
            type.parameters().forEach(section::raw);
            section.number(type.results().size());
            type.results().forEach(section::raw);
        }
        return section;
    }

    private Bytes dylink() {
        final Bytes section = new Bytes().text("dylink.0");
        section.raw(1)
                .sized(new Bytes().number(memorySize).raw(3).number(tableSize).raw(0));
        final Bytes names = new Bytes().number(needed.size());
        needed.forEach(names::text);
        section.raw(2).sized(names);
        final Bytes exportInfo = new Bytes()
                .number((int) constants.stream().filter(Constant::isThreadLocal).count());
        for (final Constant constant : constants) {
            if (constant.isThreadLocal()) {
                exportInfo.text(constant.name()).number(THREAD_LOCAL);
            }
        }
        section.raw(3).sized(exportInfo);
        final Bytes importInfo = new Bytes().number(weak.size());
        weak.forEach(name -> importInfo.text("env").text(name).number(WEAK));
        return section.raw(4).sized(importInfo);
    }

    private Bytes imports() {
        final Bytes section = new Bytes().number(imports.size() + 2 + otherImportCount);
        section.text("env").text("memory").raw(memoryType.out.toByteArray());
        section.text("env").text("__indirect_function_table").raw(1, FUNCREF, 0, 0);
        imports.forEach(name -> section.text("env").text(name).raw(0, 0));
        return section.raw(otherImports.out.toByteArray());
    }

    private static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes raw(final int... values) {
            for (final int value : values) {
                out.write(value);
            }
            return this;
        }

        /** Unsigned LEB128. */
        Bytes number(final int value) {
            int rest = value;
            while ((rest & ~0x7f) != 0) {
                out.write(rest & 0x7f | 0x80);
                rest >>>= 7;
            }
            out.write(rest);
            return this;
        }

        /** Signed LEB128. */
        Bytes signed(final int value) {
            int rest = value;
            while (rest < -0x40 || rest >= 0x40) {
                out.write(rest & 0x7f | 0x80);
                rest >>= 7;
            }
            out.write(rest & 0x7f);
            return this;
        }

        Bytes text(final String text) {
            return sized(new Bytes().raw(text.getBytes(StandardCharsets.UTF_8)));
        }

        private Bytes raw(final byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        Bytes sized(final Bytes content) {
            number(content.out.size());
            out.writeBytes(content.out.toByteArray());
            return this;
        }

        Bytes section(final int id, final Bytes content) {
            return raw(id).sized(content);
        }
    }
}
