package dev.lockstep.broadcast;

import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/** Main of a forked JVM that opens a journal, reads it, writes it or not, closes it and leaves the rest to the collector. */
final class JournalMain {
    private JournalMain() {}

    /** Takes the file and whether to write it. */
    public static void main(final String[] arguments) throws Exception {
        final Path file = Path.of(arguments[0]);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
        final int length = (int) Files.size(file);
        try (ChronicleJournal journal = new ChronicleJournal(file, length, () -> {})) {
            journal.read(8, buffer, 0, 64);
            if (Boolean.parseBoolean(arguments[1])) {
                journal.write(8, buffer, 0, 64);
                journal.read(8, buffer, 0, 64);
            }
        }
        System.gc();
        System.exit(42);
    }
}
