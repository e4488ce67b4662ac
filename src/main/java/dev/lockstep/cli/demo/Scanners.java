package dev.lockstep.cli.demo;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.loader.DlFunctions;
import dev.lockstep.engine.loader.GuestFunction;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.UniverseLinker;
import dev.lockstep.engine.wasm.GuestMemory;
import dev.lockstep.engine.wasm.HostFunctions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/**
 * Our own program in C, {@code demo/c}: a main module, and a scanner for each language. For where the real one can't be had. It is
 * thread-safe, so all groups of all JVMs run it at the same time, on one shared memory.
 *
 * @param directory of the modules.
 */
record Scanners(Path directory) implements DemoProgram {
    /** Where the modules are in a source checkout. */
    static final String HOME = "demo/c/modules";

    /**
     * Looks into a directory.
     *
     * @param directory of the modules.
     * @return the program.
     * @throws NoSuchFileException if the main module is not in there; the message says what to do.
     */
    static Scanners in(final Path directory) throws NoSuchFileException {
        final Scanners found = new Scanners(directory);
        require(found.main());
        return found;
    }

    @Override
    public Path main() {
        return directory.resolve("main.wasm");
    }

    @Override
    public Path module(final Language language) {
        return directory.resolve(function(language) + ".wasm");
    }

    @Override
    public String function(final Language language) {
        return "scan_" + language.grammar();
    }

    @Override
    public void require(final Language language) throws NoSuchFileException {
        require(module(language));
    }

    private static void require(final Path file) throws NoSuchFileException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file.toString(), null, "module not found, run demo/c/build or give --modules");
        }
    }

    @Override
    public int guestMutex() {
        return UniverseLinker.PARALLEL;
    }

    @Override
    public DemoGuest newGuest() {
        return new Guest();
    }

    /** One group's scanners. */
    private static final class Guest implements DemoGuest {
        /** {@code struct scan_result}: expression, its length, nodes, errors. */
        private static final int RESULT_BYTES = 16;

        private final HostFunctions host = new DlFunctions();
        private final Map<Language, GuestFunction> scanners = new EnumMap<>(Language.class);
        private GuestMemory memory;
        private GuestFunction malloc;
        private GuestFunction free;

        @Override
        public HostFunctions host() {
            return host;
        }

        @Override
        public void open(final GuestReplica replica, final Language language, final int slot) {
            if (memory == null) {
                memory = replica.memory();
                malloc = replica.exported(GuestReplica.MAIN_HANDLE, "malloc");
                free = replica.exported(GuestReplica.MAIN_HANDLE, "free");
            }
            scanners.put(language, replica.slot(slot));
        }

        @Override
        public Verdict read(final Language language, final String text) {
            final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            final int result = allocate(RESULT_BYTES);
            final int input = allocate(Math.max(1, bytes.length));
            memory.writeBytes(input, bytes, 0, bytes.length);
            if (scanners.get(language).callInt(input, bytes.length, result) != 0) {
                throw noMemory(bytes.length);
            }
            final int expression = memory.readInt(result);
            final ContentHash hash =
                    ContentHash.of(memory.readBytes(expression, memory.readInt(result + Integer.BYTES)));
            final int nodes = memory.readInt(result + 2 * Integer.BYTES);
            final int errors = memory.readInt(result + 3 * Integer.BYTES);
            free.call(expression);
            free.call(input);
            free.call(result);
            return Verdict.of(text, hash, nodes, errors != 0);
        }

        private int allocate(final int bytes) {
            final int address = malloc.callInt(bytes);
            if (address == 0) {
                throw noMemory(bytes);
            }
            return address;
        }

        private static IllegalStateException noMemory(final int bytes) {
            return new IllegalStateException("guest has no memory left: bytes=" + bytes);
        }

        @Override
        public void close() {
            scanners.clear(); // nothing is held in the guest between texts
        }
    }
}
