package dev.lockstep.linker;

import dev.lockstep.linker.DlOperation.AllocateFunctionTable;
import dev.lockstep.linker.DlOperation.LoadModules;
import dev.lockstep.linker.DlOperation.ResolveFunction;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.region.UniverseException;
import dev.lockstep.region.UniverseFiles;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The JVM that uses damaged files: it makes a universe, keeps its bytes, and for each line that it is sent puts them back,
 * damages something and runs {@link HostileScript}. It halts, naming its threads' places, when a case takes too long.
 */
final class HostileWorker {
    private static final long LIMIT_NANOS = 10_000_000_000L;

    private final UniverseConfig config;
    private final Path linker;
    private final Path journal;
    private final ExecutorService first = thread("first");
    private final ExecutorService second = thread("second");
    private byte[] linkerBytes;
    private byte[] journalBytes;
    private volatile long began;

    private HostileWorker(final Path directory) {
        config = UniverseConfig.at(directory).withCapacities(HostileFileTest.CAPACITIES);
        linker = directory.resolve(UniverseFiles.LINKER_FILE_NAME);
        journal = directory.resolve(UniverseFiles.JOURNAL_FILE_NAME);
    }

    private static ExecutorService thread(final String name) {
        return Executors.newSingleThreadExecutor(task -> {
            final Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    public static void main(final String[] args) throws Exception {
        final HostileWorker worker = new HostileWorker(Path.of(args[0]));
        final Thread watch = new Thread(worker::watch, "watch");
        watch.setDaemon(true);
        watch.start();
        worker.prepare();
        ForkedJvm.say("ready");
        while (true) {
            final String[] words = ForkedJvm.nextLine().split(" ");
            worker.began = System.nanoTime();
            String answer;
            try {
                answer = worker.handle(words);
            } catch (final Throwable unexpected) {
                unexpected.printStackTrace();
                answer = "FAILED " + unexpected.toString().replace('\n', ' ');
            }
            worker.began = 0;
            ForkedJvm.say(answer);
        }
    }

    private void watch() {
        while (true) {
            try {
                Thread.sleep(100);
            } catch (final InterruptedException e) {
                return;
            }
            final long since = began;
            if (since != 0 && System.nanoTime() - since > LIMIT_NANOS) {
                final StringBuilder places = new StringBuilder();
                Thread.getAllStackTraces().forEach((thread, trace) -> {
                    if (List.of("first", "second", "main").contains(thread.getName())) {
                        places.append(' ').append(thread.getName()).append(':');
                        Arrays.stream(trace)
                                .filter(frame -> frame.getClassName().startsWith("dev.lockstep"))
                                .limit(6)
                                .forEach(frame -> places.append(' ')
                                        .append(frame.getFileName())
                                        .append(':')
                                        .append(frame.getLineNumber()));
                    }
                });
                ForkedJvm.say("FAILED hangs" + places);
                Runtime.getRuntime().halt(3);
            }
        }
    }

    /** A universe with a bit of everything in it, which everybody has left. */
    private void prepare() throws Exception {
        try (Universe universe = Universe.open(config)) {
            final InstanceGroup group =
                    universe.bootstrap(new FunctionTable(), state -> new AllocateFunctionTable(state.growTable(1), 1));
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                final int base = state.growTable(2);
                final ModuleRecord module = state.registerModule(
                        "libhostile.so", "/lib/libhostile.so", new byte[32], 65_536, 100, base, 2, 0);
                group.synchronizeLinkOperation(state, new LoadModules(List.of(module)));
                final int index = state.growTable(1);
                state.recordSymbol(module.handle(), "f", index);
                group.synchronizeLinkOperation(state, new ResolveFunction("f", module.handle(), index));
            }
            group.advanceModuleState(1, ModuleState.DATA, ModuleState.CTORS);
            group.advanceModuleState(1, ModuleState.CTORS, ModuleState.READY);
            group.allocateClosureIndex();
            try (LinkerStateReader state = group.readLinkerState()) {
                state.tableLength();
            }
            group.shutdownInstanceGroup();
        }
        linkerBytes = Files.readAllBytes(linker);
        journalBytes = Files.readAllBytes(journal);
    }

    private String handle(final String[] words) throws Exception {
        restore(linker, linkerBytes);
        restore(journal, journalBytes);
        return switch (words[0]) {
            case "flip" -> {
                final Path file = words[1].equals("journal") ? journal : linker;
                final long offset = Long.parseLong(words[2]);
                final byte[] bytes = file.equals(journal) ? journalBytes : linkerBytes;
                write(file, offset, new byte[] {(byte) (bytes[(int) offset] ^ 1 << Integer.parseInt(words[3]))});
                yield run(universe -> {});
            }
            case "noise" -> {
                final Path file = words[1].equals("journal") ? journal : linker;
                final byte[] noise = new byte[Integer.parseInt(words[3])];
                new Random(Long.parseLong(words[4])).nextBytes(noise);
                write(file, Long.parseLong(words[2]), noise);
                yield run(universe -> {});
            }
            case "live" ->
                run(buffer -> {
                    final int offset = Integer.parseInt(words[1]) & -Long.BYTES;
                    final int bit = Integer.parseInt(words[2]) + (Integer.parseInt(words[1]) - offset) * Byte.SIZE;
                    long word = buffer.getLongVolatile(offset);
                    while (!buffer.compareAndSetLong(offset, word, word ^ 1L << bit)) {
                        word = buffer.getLongVolatile(offset);
                    }
                });
            case "open" -> run(universe -> {});
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private interface Damage {
        void to(SharedBuffer buffer);
    }

    private String run(final Damage whileAttached) throws Exception {
        final Universe universe;
        try {
            universe = Universe.open(config);
        } catch (final UniverseException refused) {
            return "refused " + refused.reason();
        } catch (final Exception other) {
            final HostileScript script = new HostileScript(null);
            script.note(other);
            return script.verdict();
        }
        final HostileScript script = new HostileScript(universe);
        final HostileScript.Actor[] actors = {script.actor(), script.actor()};
        both(actors, HostileScript.Actor::join);
        whileAttached.to(shared(universe).buffer);
        both(actors, actor -> {
            actor.act();
            actor.leave();
        });
        try {
            universe.close();
        } catch (final RuntimeException failure) {
            script.note(failure);
        }
        return script.verdict();
    }

    private static LinkerShared shared(final Universe universe) throws ReflectiveOperationException {
        final var field = Universe.class.getDeclaredField("attachment");
        field.setAccessible(true);
        return ((Attachment) field.get(universe)).shared();
    }

    private void both(final HostileScript.Actor[] actors, final java.util.function.Consumer<HostileScript.Actor> step)
            throws InterruptedException, ExecutionException {
        final Future<?> one = first.submit(() -> step.accept(actors[0]));
        final Future<?> two = second.submit(() -> step.accept(actors[1]));
        one.get();
        two.get();
    }

    private static void restore(final Path file, final byte[] bytes) throws IOException {
        write(file, 0, bytes);
    }

    private static void write(final Path file, final long offset, final byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            final ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer, offset + buffer.position());
            }
        }
    }
}
