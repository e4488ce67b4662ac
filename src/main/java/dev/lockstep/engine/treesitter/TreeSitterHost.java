package dev.lockstep.engine.treesitter;

import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestCaller;
import dev.lockstep.engine.wasm.GuestMemory;
import dev.lockstep.engine.wasm.HostFunction;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.engine.wasm.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

/**
 * What web-tree-sitter and its grammars import from their host, for one group: the text that is being parsed, and the few
 * system calls that Emscripten's C library makes.
 *
 * <p>Used by its group's thread only.
 */
public final class TreeSitterHost implements HostFunctions {
    private static final System.Logger GUEST = System.getLogger("dev.lockstep.guest");
    private static final String ENV = "env";
    private static final String WASI = "wasi_snapshot_preview1";
    private static final int PAGE = 1 << 16;

    /** UTF-16 units that the guest's input buffer holds, without the last one. */
    private static final int CHUNK = 5 * 1024 - 1;

    private static final int ERRNO_SPIPE = 70;
    private static final int ERRNO_BADF = 8;

    private final byte[] chunk = new byte[2 * CHUNK];
    private String text = "";

    /** Makes a host with no text. */
    public TreeSitterHost() {}

    /** Sets the text that the next parse reads. */
    void text(final String parsed) {
        text = parsed;
    }

    @Override
    public List<HostFunction> functions() {
        return List.of(
                function(ENV, "tree_sitter_parse_callback", 5, false, this::read),
                function(ENV, "tree_sitter_progress_callback", 2, true, (guest, arguments) -> new long[] {0}),
                function(ENV, "tree_sitter_query_progress_callback", 1, true, (guest, arguments) -> new long[] {0}),
                function(ENV, "tree_sitter_log_callback", 2, false, (guest, arguments) -> null),
                function(ENV, "emscripten_resize_heap", 1, true, TreeSitterHost::growHeap),
                function(ENV, "_abort_js", 0, false, TreeSitterHost::abort),
                function(ENV, "abort", 0, false, TreeSitterHost::abort),
                function(ENV, "__assert_fail", 4, false, TreeSitterHost::assertionFailed),
                function(WASI, "fd_write", 4, true, TreeSitterHost::write),
                function(WASI, "fd_close", 1, true, (guest, arguments) -> new long[] {ERRNO_BADF}),
                HostFunction.of(
                        WASI,
                        "fd_seek",
                        new ExternType.Function(
                                List.of(ValueType.I32, ValueType.I64, ValueType.I32, ValueType.I32),
                                List.of(ValueType.I32)),
                        (guest, arguments) -> new long[] {ERRNO_SPIPE}));
    }

    private static HostFunction function(
            final String module,
            final String name,
            final int parameters,
            final boolean returns,
            final HostFunction.Body body) {
        return HostFunction.of(
                module,
                name,
                new ExternType.Function(
                        Collections.nCopies(parameters, ValueType.I32), returns ? List.of(ValueType.I32) : List.of()),
                body);
    }

    /** Copies the next piece of text, from a position counted in UTF-16 units, into the guest's buffer. */
    private long[] read(final GuestCaller guest, final long... arguments) {
        final int buffer = (int) arguments[0];
        final int from = (int) Math.min(Integer.toUnsignedLong((int) arguments[1]), text.length());
        final int units = Math.min(CHUNK, text.length() - from);
        for (int i = 0; i < units; i++) {
            final char unit = text.charAt(from + i);
            chunk[2 * i] = (byte) unit;
            chunk[2 * i + 1] = (byte) (unit >> 8);
        }
        final GuestMemory memory = guest.memory();
        memory.writeBytes(buffer, chunk, 0, 2 * units);
        memory.writeInt((int) arguments[4], units);
        return null;
    }

    private static long[] growHeap(final GuestCaller guest, final long... arguments) {
        final long wanted = Integer.toUnsignedLong((int) arguments[0]);
        final GuestMemory memory = guest.memory();
        final long pages = (wanted + PAGE - 1) / PAGE - memory.pages();
        final boolean grown = pages <= 0 || pages <= Integer.MAX_VALUE && memory.grow((int) pages) >= 0;
        return new long[] {grown ? 1 : 0};
    }

    private static long[] abort(final GuestCaller guest, final long... arguments) {
        throw new IllegalStateException("guest called abort");
    }

    private static long[] assertionFailed(final GuestCaller guest, final long... arguments) {
        final GuestMemory memory = guest.memory();
        throw new IllegalStateException("guest's assertion failed: assertion=" + memory.readString((int) arguments[0])
                + " file=" + memory.readString((int) arguments[1]) + " line=" + (int) arguments[2]);
    }

    /** What the guest prints is logged, whichever stream it meant: standard output is the embedder's own. */
    private static long[] write(final GuestCaller guest, final long... arguments) {
        final GuestMemory memory = guest.memory();
        int total = 0;
        for (int i = 0; i < (int) arguments[2]; i++) {
            final int vector = (int) arguments[1] + 8 * i;
            final int length = memory.readInt(vector + 4);
            GUEST.log(
                    System.Logger.Level.WARNING,
                    new String(memory.readBytes(memory.readInt(vector), length), StandardCharsets.UTF_8).strip());
            total += length;
        }
        memory.writeInt((int) arguments[3], total);
        return new long[] {0};
    }
}
