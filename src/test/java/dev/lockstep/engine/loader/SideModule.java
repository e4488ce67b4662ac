package dev.lockstep.engine.loader;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes small side modules. Their exported functions take nothing, give nothing, and call one imported function of the
 * module {@code env}.
 */
final class SideModule {
    private record Function(String name, String called) {}

    private final List<String> needed = new ArrayList<>();
    private final List<String> imports = new ArrayList<>();
    private final List<Function> functions = new ArrayList<>();
    private int memorySize;
    private int elementOffset = -1;

    /** Bytes of linear memory that it asks for. */
    SideModule memory(final int bytes) {
        memorySize = bytes;
        return this;
    }

    /** Another module that must be loaded first. */
    SideModule needs(final String module) {
        needed.add(module);
        return this;
    }

    /** A function that calls an imported one. */
    SideModule function(final String name, final String called) {
        if (!imports.contains(called)) {
            imports.add(called);
        }
        functions.add(new Function(name, called));
        return this;
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
        module.section(1, new Bytes().raw(1, 0x60, 0, 0));
        module.section(2, imports());
        final Bytes types = new Bytes().number(functions.size());
        final Bytes exports = new Bytes().number(functions.size());
        final Bytes code = new Bytes().number(functions.size());
        for (int i = 0; i < functions.size(); i++) {
            types.number(0);
            exports.text(functions.get(i).name()).raw(0).number(imports.size() + i);
            final Bytes body = new Bytes()
                    .raw(0, 0x10)
                    .number(imports.indexOf(functions.get(i).called()))
                    .raw(0x0b);
            code.sized(body);
        }
        module.section(3, types);
        module.section(7, exports);
        if (elementOffset >= 0) {
            module.section(
                    9,
                    new Bytes()
                            .raw(1, 0, 0x41)
                            .number(elementOffset)
                            .raw(0x0b, 1)
                            .number(imports.size()));
        }
        module.section(10, code);
        return module.out.toByteArray();
    }

    private Bytes dylink() {
        final Bytes section = new Bytes().text("dylink.0");
        section.raw(1).sized(new Bytes().number(memorySize).raw(3, 0, 0));
        final Bytes names = new Bytes().number(needed.size());
        needed.forEach(names::text);
        return section.raw(2).sized(names);
    }

    private Bytes imports() {
        final Bytes section = new Bytes().number(imports.size() + 2);
        section.text("env").text("memory").raw(2, 0, 0);
        section.text("env").text("__indirect_function_table").raw(1, 0x70, 0, 0);
        imports.forEach(name -> section.text("env").text(name).raw(0, 0));
        return section;
    }

    private static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes raw(final int... values) {
            for (final int value : values) {
                out.write(value);
            }
            return this;
        }

        /** LEB128; below 64 the signed and the unsigned form are the same. */
        Bytes number(final int value) {
            int rest = value;
            while (rest >= 0x40) {
                out.write(rest & 0x7f | 0x80);
                rest >>>= 7;
            }
            out.write(rest);
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
