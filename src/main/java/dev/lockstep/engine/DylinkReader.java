package dev.lockstep.engine;

import dev.lockstep.engine.DylinkSection.Import;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a {@link DylinkSection} from a module's bytes.
 *
 * <p>As LLVM does: a vector that comes in several subsections is put together, and bytes that are left over at the end of
 * a known subsection are an error. Stricter than LLVM, where readers of the format disagree: a second mem-info, and one
 * symbol with two different sets of flags, are errors.
 */
final class DylinkReader {
    private static final int PREAMBLE = 8;
    private static final int MEM_INFO = 1;
    private static final int NEEDED = 2;
    private static final int EXPORT_INFO = 3;
    private static final int IMPORT_INFO = 4;
    private static final int RUNTIME_PATH = 5;

    /** What engines allow a module of imports or exports; so a section costs no more memory than a module may. */
    private static final int MAX_ENTRIES = 1_000_000;

    private final boolean legacy;
    private boolean memoryKnown;
    private long memorySize;
    private int memoryAlignment = 1;
    private int tableSize;
    private int tableAlignment = 1;
    private final List<String> needed = new ArrayList<>();
    private final List<String> runtimePath = new ArrayList<>();
    private final Map<String, Integer> exports = new LinkedHashMap<>();
    private final Map<Import, Integer> imports = new LinkedHashMap<>();
    private int entries;

    private DylinkReader(final boolean legacy) {
        this.legacy = legacy;
    }

    static DylinkSection read(final byte[] module) {
        if (module.length < PREAMBLE || module[0] != 0 || module[1] != 'a' || module[2] != 's' || module[3] != 'm') {
            throw MalformedModuleException.ofOtherModule("not a WebAssembly module", 0);
        }
        if (module[4] != 1 || module[5] != 0 || module[6] != 0 || module[7] != 0) {
            throw new MalformedModuleException("not WebAssembly's binary version 1", 4);
        }
        final ModuleCursor in = new ModuleCursor(module, PREAMBLE, module.length);
        if (in.remaining() == 0 || in.u8("section id") != 0) {
            throw notALibrary();
        }
        final ModuleCursor section = in.slice("first section", "the module");
        return switch (section.text("section name")) {
            case "dylink.0" -> new DylinkReader(false).subsections(section).result();
            case "dylink" -> new DylinkReader(true).older(section).result();
            default -> throw notALibrary();
        };
    }

    private static MalformedModuleException notALibrary() {
        return MalformedModuleException.ofOtherModule(
                "not a dynamic library: its first section is neither dylink.0 nor dylink, link it with -shared",
                PREAMBLE);
    }

    private DylinkReader older(final ModuleCursor in) {
        memory(in);
        names(in, "needed modules", needed);
        in.requireEnd("dylink section");
        return this;
    }

    private DylinkReader subsections(final ModuleCursor in) {
        while (in.remaining() > 0) {
            final int start = in.position();
            final int kind = in.u8("subsection kind");
            final ModuleCursor sub = in.slice("subsection", "its section");
            switch (kind) {
                case MEM_INFO -> {
                    if (memoryKnown) {
                        throw new MalformedModuleException("a second mem-info, which of them is meant", start);
                    }
                    memory(sub);
                }
                case NEEDED -> names(sub, "needed modules", needed);
                case EXPORT_INFO -> exports(sub);
                case IMPORT_INFO -> imports(sub);
                case RUNTIME_PATH -> names(sub, "runtime path", runtimePath);
                default -> {
                    // a newer linker's: it says nothing that a loader must know
                    continue;
                }
            }
            sub.requireEnd("subsection");
        }
        return this;
    }

    private void memory(final ModuleCursor in) {
        memoryKnown = true;
        memorySize = in.u32("memory size");
        memoryAlignment = in.alignment("memory alignment");
        tableSize = in.size("table size");
        tableAlignment = in.alignment("table alignment");
    }

    private void names(final ModuleCursor in, final String what, final List<String> to) {
        for (int left = count(in, what, 1); left > 0; left--) {
            to.add(in.text(what));
        }
    }

    private void exports(final ModuleCursor in) {
        for (int left = count(in, "exports", 2); left > 0; left--) {
            final int start = in.position();
            final String name = in.text("export name");
            flags(in, exports, name, start);
        }
    }

    private void imports(final ModuleCursor in) {
        for (int left = count(in, "imports", 3); left > 0; left--) {
            final int start = in.position();
            final String module = in.text("import module");
            flags(in, imports, new Import(module, in.text("import name")), start);
        }
    }

    private static <K> void flags(final ModuleCursor in, final Map<K, Integer> to, final K symbol, final int start) {
        final int flags = (int) in.u32("symbol flags");
        final Integer earlier = to.putIfAbsent(symbol, flags);
        if (earlier != null && earlier != flags) {
            throw new MalformedModuleException("symbol has two sets of flags: symbol=" + symbol, start);
        }
    }

    private int count(final ModuleCursor in, final String what, final int leastBytesEach) {
        final int start = in.position();
        final int count = in.count(what, leastBytesEach);
        if (count > MAX_ENTRIES - entries) {
            throw new MalformedModuleException("too many entries in the dylink section: limit=" + MAX_ENTRIES, start);
        }
        entries += count;
        return count;
    }

    private DylinkSection result() {
        return new DylinkSection(
                legacy, memorySize, memoryAlignment, tableSize, tableAlignment, needed, runtimePath, exports, imports);
    }
}
