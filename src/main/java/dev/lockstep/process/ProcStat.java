package dev.lockstep.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What {@code /proc/<pid>/stat} says of a process.
 *
 * <pre>
 *  4711 (any (name) at all) S 1 4711 …
 *  1    2                   3          … 22 start time
 * </pre>
 *
 * @param exists whether there is such a process, as far as we are shown.
 * @param state its letter: R, S, D, T, Z, X, …
 * @param startTicks clock ticks from the machine's start to the process'.
 */
record ProcStat(boolean exists, char state, long startTicks) {
    private static final ProcStat ABSENT = new ProcStat(false, ' ', 0);
    private static final int STATE_FIELD = 3;
    private static final int START_FIELD = 22;

    static ProcStat of(final long pid) {
        return parse(Path.of("/proc", Long.toString(pid), "stat"));
    }

    static ProcStat parse(final Path file) {
        try {
            return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (final IOException e) {
            // Gone between two looks (ESRCH), never there, or hidden from us: all the same to whoever asks.
            return ABSENT;
        }
    }

    /** The name may hold blanks and parentheses: what follows the last one is safe to split. */
    static ProcStat parse(final String text) {
        final int nameEnd = text.lastIndexOf(')');
        if (nameEnd < 0) {
            return ABSENT;
        }
        final String[] fields = text.substring(nameEnd + 1).strip().split(" ");
        if (fields.length <= START_FIELD - STATE_FIELD || fields[0].length() != 1) {
            return ABSENT;
        }
        try {
            return new ProcStat(true, fields[0].charAt(0), Long.parseLong(fields[START_FIELD - STATE_FIELD]));
        } catch (final NumberFormatException e) {
            return ABSENT;
        }
    }

    /** {@return whether it runs or could run again: not a zombie (Z) nor on its way out (X, x)} */
    boolean isRunning() {
        return exists && state != 'Z' && state != 'X' && state != 'x';
    }
}
