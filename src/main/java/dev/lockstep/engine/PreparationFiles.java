package dev.lockstep.engine;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * By which files the processes of a universe tell each other what to prepare. All in the directory of the modules:
 *
 * <pre>
 *  wanted                                      what was asked for, a line each: hash, blank, number of the request;
 *                                              only appended to, by one write a line
 *  PROCESS.process                             the process takes part; a byte long for every answer that it has given
 *  HASH.PROCESS.prepared                       it has the module ready
 *  HASH.PROCESS.REQUEST.refused                it can't; the text says why
 * </pre>
 *
 * PROCESS is {@code index-generation}, which names one process' stay in the universe for good, so what a dead one has left
 * behind is never taken for its successor's. Nothing read is trusted: what is no line of this form is passed over.
 *
 * <p>Thread-safe, except for the reader.
 */
final class PreparationFiles {
    /** Name of the file of requests. */
    static final String WANTED = "wanted";

    private static final int MAX_LINE = 100;
    private static final int MAX_REASON = 500;
    private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) ([0-9a-f]{16})");
    private static final Pattern OWNED =
            Pattern.compile("(?:[0-9a-f]{64}\\.)?(\\d+)-(\\d+)(?:\\.[0-9a-f]{16})?\\.(?:process|prepared|refused)");

    private final Path directory;
    private final UniverseAccess access;

    PreparationFiles(final Path directory) throws IOException {
        this.directory = directory;
        access = UniverseAccess.of(directory);
        create(directory.resolve(WANTED));
    }

    /** One process' stay in the universe. */
    record Member(int index, long generation) {
        @Override
        public String toString() {
            return index + "-" + generation;
        }
    }

    /** A module that a process wants every other one to prepare. */
    record Request(ContentHash module, long number) {
        private String text() {
            return String.format("%016x", number);
        }
    }

    private void create(final Path file) throws IOException {
        if (!Files.exists(file)) {
            access.publish(file, new byte[0]);
        }
    }

    void publish(final Request request) throws IOException {
        // an empty line first: whatever a dead writer has left there ends with it
        final byte[] line =
                ("\n" + request.module().hex() + " " + request.text() + "\n").getBytes(StandardCharsets.US_ASCII);
        try (FileChannel channel = FileChannel.open(directory.resolve(WANTED), APPEND)) {
            final int written = channel.write(ByteBuffer.wrap(line));
            if (written != line.length) {
                throw new IOException("request could not be written, is the disk full: directory=" + directory
                        + " bytes=" + line.length + " written=" + written);
            }
        }
    }

    void join(final Member member) throws IOException {
        delete(member.index(), member.generation(), false);
        create(participation(member));
    }

    void leave(final Member member) throws IOException {
        Files.deleteIfExists(participation(member));
        delete(member.index(), member.generation(), true);
    }

    /** Deletes what belongs to one generation of a place, or to all others. */
    private void delete(final int index, final long generation, final boolean ofGeneration) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (final Path file : files) {
                final Matcher owned = OWNED.matcher(file.getFileName().toString());
                if (owned.matches()
                        && owned.group(1).equals(Integer.toString(index))
                        && owned.group(2).equals(Long.toString(generation)) == ofGeneration) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Counts an answer, which is there already: who sees the count change looks for it. */
    void answered(final Member member) throws IOException {
        try (FileChannel channel = FileChannel.open(participation(member), APPEND)) {
            if (channel.write(ByteBuffer.wrap(new byte[1])) != 1) {
                throw new IOException("answer could not be counted, is the disk full: directory=" + directory);
            }
        }
    }

    /** {@return how many answers a process has given, or −1 if it takes no part} */
    long answers(final Member member) throws IOException {
        try {
            return Files.size(participation(member));
        } catch (final NoSuchFileException e) {
            return -1;
        }
    }

    private Path participation(final Member member) {
        return directory.resolve(member + ".process");
    }

    void prepared(final ContentHash module, final Member member) throws IOException {
        create(preparedFile(module, member));
    }

    boolean isPrepared(final ContentHash module, final Member member) {
        return Files.exists(preparedFile(module, member));
    }

    private Path preparedFile(final ContentHash module, final Member member) {
        return directory.resolve(module.hex() + "." + member + ".prepared");
    }

    void refused(final Request request, final Member member, final String reason) throws IOException {
        access.publish(refusalFile(request, member), cut(reason).getBytes(StandardCharsets.UTF_8));
    }

    private static String cut(final String reason) {
        return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON);
    }

    /** {@return why a process refuses, or null if it does not, so far} */
    String refusal(final Request request, final Member member) throws IOException {
        final Path file = refusalFile(request, member);
        try (FileChannel channel = FileChannel.open(file, READ)) {
            final ByteBuffer text = ByteBuffer.allocate(4 * MAX_REASON);
            while (text.hasRemaining() && channel.read(text) >= 0) {
                // a read may give less than there is
            }
            Files.deleteIfExists(file);
            return cut(StandardCharsets.UTF_8.decode(text.flip()).toString()).replaceAll("\\p{Cntrl}", " ");
        } catch (final NoSuchFileException e) {
            return null;
        }
    }

    private Path refusalFile(final Request request, final Member member) {
        return directory.resolve(request.module().hex() + "." + member + "." + request.text() + ".refused");
    }

    /** {@return a reader of all requests, from the first one of the universe} */
    Reader reader() throws IOException {
        return new Reader(FileChannel.open(directory.resolve(WANTED), READ));
    }

    /** Reads requests as they are written. For one thread. */
    static final class Reader implements AutoCloseable {
        private final FileChannel channel;
        private final ByteBuffer bytes = ByteBuffer.allocate(1 << 12);
        private final StringBuilder line = new StringBuilder();
        private final Deque<Request> requests = new ArrayDeque<>();
        private long position;

        private Reader(final FileChannel channel) {
            this.channel = channel;
        }

        /** {@return the next request, or null if there is none yet; then it has cost one look at the file's length} */
        Request next() throws IOException {
            while (requests.isEmpty() && channel.size() > position) {
                final int read = channel.read(bytes.clear(), position);
                if (read <= 0) {
                    return null;
                }
                position += read;
                split(bytes.flip());
            }
            return requests.poll();
        }

        private void split(final ByteBuffer read) {
            while (read.hasRemaining()) {
                final char next = (char) (read.get() & 0xff);
                if (next != '\n') {
                    if (line.length() <= MAX_LINE) {
                        line.append(next);
                    }
                    continue;
                }
                final Matcher matcher = LINE.matcher(line);
                if (matcher.matches()) {
                    requests.add(new Request(
                            ContentHash.ofHex(matcher.group(1)), Long.parseUnsignedLong(matcher.group(2), 16)));
                }
                line.setLength(0);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
