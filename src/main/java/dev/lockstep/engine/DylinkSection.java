package dev.lockstep.engine;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a WebAssembly dynamic library says of itself: how much linear memory and table it needs and what it depends on.
 *
 * <p>Both forms are read: {@code dylink.0}, made of subsections (those that are unknown are skipped, as its
 * specification asks for), and the older {@code dylink}, a plain sequence of numbers. Either must be the module's first
 * section. See the tool conventions' <em>DynamicLinking.md</em>.
 *
 * @param legacy true for the older form.
 * @param memorySize bytes of linear memory that the module's data takes.
 * @param memoryAlignment of that memory, in bytes; a power of two.
 * @param tableSize slots of the function table that the module's elements take.
 * @param tableAlignment of those slots, in slots; a power of two.
 * @param needed names of modules that must be loaded before it, in order.
 * @param exportFlags symbol flags of exports that have any, by name.
 * @param importFlags symbol flags of imports that have any, by {@code module.name}.
 */
public record DylinkSection(
        boolean legacy,
        long memorySize,
        int memoryAlignment,
        int tableSize,
        int tableAlignment,
        List<String> needed,
        Map<String, Integer> exportFlags,
        Map<String, Integer> importFlags) {
    /** Symbol flag: the symbol may stay undefined. */
    public static final int BINDING_WEAK = 1;

    /** Symbol flag: an exported global is a number of its own, not an offset from the memory base. */
    public static final int ABSOLUTE = 0x200;

    private static final int PREAMBLE = 8;
    private static final int MEM_INFO = 1;
    private static final int NEEDED = 2;
    private static final int EXPORT_INFO = 3;
    private static final int IMPORT_INFO = 4;
    private static final int MAX_ALIGNMENT_EXPONENT = 30;

    /** Takes copies of the collections. */
    public DylinkSection {
        needed = List.copyOf(needed);
        exportFlags = Map.copyOf(exportFlags);
        importFlags = Map.copyOf(importFlags);
    }

    /**
     * Reads the section of a module.
     *
     * @param module all of its bytes.
     * @return what the section says.
     * @throws MalformedModuleException if the bytes are no WebAssembly module, it is not a dynamic library, or the
     *     section is damaged.
     */
    public static DylinkSection read(final byte[] module) {
        final Cursor in = new Cursor(module, 0, module.length);
        if (module.length < PREAMBLE || module[0] != 0 || module[1] != 'a' || module[2] != 's' || module[3] != 'm') {
            throw new MalformedModuleException("not a WebAssembly module", 0);
        }
        if (module[4] != 1 || module[5] != 0 || module[6] != 0 || module[7] != 0) {
            throw new MalformedModuleException("not WebAssembly's binary version 1", 4);
        }
        in.position = PREAMBLE;
        final int start = in.position;
        if (in.remaining() == 0 || in.u8("section id") != 0) {
            throw notALibrary(start);
        }
        final Cursor section = in.slice("dylink section");
        return switch (section.text("section name")) {
            case "dylink.0" -> readSubsections(section);
            case "dylink" -> readLegacy(section);
            default -> throw notALibrary(start);
        };
    }

    private static MalformedModuleException notALibrary(final int offset) {
        return new MalformedModuleException(
                "not a dynamic library: its first section is neither dylink.0 nor dylink, link it with -shared",
                offset);
    }

    private static DylinkSection readLegacy(final Cursor in) {
        final long memorySize = in.u32("memory size");
        final int memoryAlignment = in.alignment("memory alignment");
        final int tableSize = in.size("table size");
        final int tableAlignment = in.alignment("table alignment");
        final List<String> needed = in.names("needed modules");
        return new DylinkSection(
                true, memorySize, memoryAlignment, tableSize, tableAlignment, needed, Map.of(), Map.of());
    }

    private static DylinkSection readSubsections(final Cursor in) {
        long memorySize = 0;
        int memoryAlignment = 1;
        int tableSize = 0;
        int tableAlignment = 1;
        List<String> needed = List.of();
        final Map<String, Integer> exports = new LinkedHashMap<>();
        final Map<String, Integer> imports = new LinkedHashMap<>();
        while (in.remaining() > 0) {
            final int kind = in.u8("subsection kind");
            final Cursor sub = in.slice("subsection");
            switch (kind) {
                case MEM_INFO -> {
                    memorySize = sub.u32("memory size");
                    memoryAlignment = sub.alignment("memory alignment");
                    tableSize = sub.size("table size");
                    tableAlignment = sub.alignment("table alignment");
                }
                case NEEDED -> needed = sub.names("needed modules");
                case EXPORT_INFO -> {
                    for (int left = sub.count("exports", 2); left > 0; left--) {
                        exports.put(sub.text("export name"), (int) sub.u32("export flags"));
                    }
                }
                case IMPORT_INFO -> {
                    for (int left = sub.count("imports", 3); left > 0; left--) {
                        final String module = sub.text("import module");
                        imports.put(module + "." + sub.text("import name"), (int) sub.u32("import flags"));
                    }
                }
                default -> { // a newer linker's: it says nothing that a loader must know
                }
            }
        }
        return new DylinkSection(
                false, memorySize, memoryAlignment, tableSize, tableAlignment, needed, exports, imports);
    }

    /**
     * {@return whether an import may stay undefined}
     *
     * @param module of the import.
     * @param name of the import.
     */
    public boolean isWeakImport(final String module, final String name) {
        return (importFlags.getOrDefault(module + "." + name, 0) & BINDING_WEAK) != 0;
    }

    /**
     * {@return whether an exported global is a number of its own}
     *
     * @param name of the export.
     */
    public boolean isAbsoluteExport(final String name) {
        return (exportFlags.getOrDefault(name, 0) & ABSOLUTE) != 0;
    }

    /** Reads forward within bounds; every error names the offset in the module. */
    private static final class Cursor {
        private final byte[] bytes;
        private final int end;
        private int position;

        Cursor(final byte[] bytes, final int start, final int end) {
            this.bytes = bytes;
            this.position = start;
            this.end = end;
        }

        int remaining() {
            return end - position;
        }

        int u8(final String what) {
            if (position >= end) {
                throw new MalformedModuleException("ends within " + what, position);
            }
            return bytes[position++] & 0xff;
        }

        long u32(final String what) {
            final int start = position;
            long value = 0;
            for (int shift = 0; shift < 35; shift += 7) {
                final int next = u8(what);
                value |= (long) (next & 0x7f) << shift;
                if ((next & 0x80) == 0) {
                    if (value > 0xffff_ffffL) {
                        break;
                    }
                    return value;
                }
            }
            throw new MalformedModuleException(what + " is not a 32-bit number", start);
        }

        int size(final String what) {
            final int start = position;
            final long value = u32(what);
            if (value > Integer.MAX_VALUE) {
                throw new MalformedModuleException(what + " is too large: value=" + value, start);
            }
            return (int) value;
        }

        int alignment(final String what) {
            final int start = position;
            final long exponent = u32(what);
            if (exponent > MAX_ALIGNMENT_EXPONENT) {
                throw new MalformedModuleException(what + " is too large: exponent=" + exponent, start);
            }
            return 1 << exponent;
        }

        int count(final String what, final int leastBytesEach) {
            final int start = position;
            final int value = size("number of " + what);
            if (value > remaining() / leastBytesEach) {
                throw new MalformedModuleException("more " + what + " than fit: count=" + value, start);
            }
            return value;
        }

        List<String> names(final String what) {
            final int count = count(what, 1);
            final List<String> names = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                names.add(text(what));
            }
            return names;
        }

        String text(final String what) {
            final int start = position;
            final int length = size(what);
            if (length > remaining()) {
                throw new MalformedModuleException(what + " leaves its section: bytes=" + length, start);
            }
            final int from = position;
            position += length;
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(bytes, from, length))
                        .toString();
            } catch (final CharacterCodingException e) {
                throw new MalformedModuleException(what + " is not UTF-8", from);
            }
        }

        Cursor slice(final String what) {
            final int start = position;
            final int length = size("length of " + what);
            if (length > remaining()) {
                throw new MalformedModuleException(what + " leaves the module: bytes=" + length, start);
            }
            final int from = position;
            position += length;
            return new Cursor(bytes, from, from + length);
        }
    }
}
