package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.linker.Cast.Answer;
import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import dev.lockstep.lock.Futex;
import dev.lockstep.lock.LinuxFutex;
import dev.lockstep.lock.SleepWords;
import dev.lockstep.region.GroupSlotDescriptor;
import dev.lockstep.region.MappedBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.IoUtil;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Sleeping on a futex, with the class of the jar that only JDK 22 and later load, and the kernel. */
@Timeout(120)
class FutexIT {
    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    @BeforeAll
    static void needsTheClassForLaterJdks() {
        assumeTrue(Runtime.version().feature() >= 22, "before JDK 22 nobody sleeps on a futex");
    }

    @Test
    void shouldUseTheClassOfTheJarForLaterJdks() {
        final String source = LinuxFutex.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
        assertTrue(source.endsWith(".jar"), source);
        assertTrue(Futex.class.isAssignableFrom(LinuxFutex.class), "the class for earlier JDKs was loaded");
        assertTrue(LinuxFutex.isAvailable(), "native access is enabled");
    }

    /** What the sleeper of the other JVM waits for does not change: nothing but the wake can be what the kernel reports. */
    @Test
    void shouldWakeSleeperOfAnotherJvm() throws Exception {
        final Path universe = directory.resolve("u");
        try (Cast cast = new Cast(Spread.TWO_JVMS, universe, WORKER)) {
            final Member far = cast.farJoined("far");
            final int slot = far.slot();
            final int word = cast.universe().layout().groupSlot(slot) + GroupSlotDescriptor.SLEEP_OFFSET;
            cast.main().ask("mutex 0");
            final Answer waiter = far.start("mutex 0");
            try (Memory memory = new Memory(universe.resolve("linker.dat"))) {
                cast.await("sleeps", () -> (memory.buffer.getLongVolatile(word) & 1) != 0);
                final CountingFutex futex = new CountingFutex(memory.buffer);
                final SleepWords words =
                        new SleepWords(memory.buffer, cast.universe().layout(), futex);
                cast.await("is woken", () -> {
                    words.wake(slot);
                    return futex.woken.get() > 0;
                });
                futex.woken.set(0);
                cast.await("is woken with all", () -> {
                    words.wakeAll();
                    return futex.woken.get() > 0;
                });
            }
            cast.main().ask("unmutex 0");
            waiter.text();
            far.ask("unmutex 0");
            cast.assertSameTables(cast.main(), far);
        }
    }

    /** Each in turn waits for what the other one holds, and has to be asleep before it is released. */
    @Test
    void shouldPassMutexBackAndForthBetweenSleepers() throws Exception {
        final Path universe = directory.resolve("u");
        try (Cast cast = new Cast(Spread.TWO_JVMS, universe, WORKER);
                Memory memory = new Memory(universe.resolve("linker.dat"))) {
            final Member far = cast.farJoined("far");
            final Member near = cast.nearJoined("near");
            final int[] words = {sleepWord(cast, near.slot()), sleepWord(cast, far.slot())};
            final Member[] members = {near, far};
            long grant = near.askNumber("mutex 0");
            for (int turn = 1; turn <= 20; turn++) {
                final int word = words[turn % 2];
                final Answer waiter = members[turn % 2].start("mutex 0");
                cast.await("sleeps", () -> (memory.buffer.getLongVolatile(word) & 1) != 0);
                members[(turn + 1) % 2].ask("unmutex 0");
                assertEquals(++grant, Long.parseLong(waiter.text()));
                assertEquals(0, memory.buffer.getLongVolatile(word) & 1, "awake");
            }
            members[0].ask("unmutex 0");
        }
    }

    private static int sleepWord(final Cast cast, final int slot) {
        return cast.universe().layout().groupSlot(slot) + GroupSlotDescriptor.SLEEP_OFFSET;
    }

    /** The kernel's, and how many it says that it has woken. */
    private static final class CountingFutex implements Futex {
        private final AtomicInteger woken = new AtomicInteger();
        private final Futex futex;

        CountingFutex(final MappedBuffer buffer) {
            futex = LinuxFutex.over(buffer).orElseThrow();
            assertFalse(futex.canSleep(), "not loaded before it is wanted");
            futex.prepare();
            assertTrue(futex.canSleep());
        }

        @Override
        public void prepare() {}

        @Override
        public boolean canSleep() {
            return futex.canSleep();
        }

        @Override
        public void sleep(final int offset, final long word) {
            futex.sleep(offset, word);
        }

        @Override
        public boolean wake(final int offset) {
            final boolean found = futex.wake(offset);
            if (found) {
                woken.incrementAndGet();
            }
            return found;
        }
    }

    /** The file mapped once more. */
    private static final class Memory implements AutoCloseable {
        private final MappedByteBuffer mapping;
        private final MappedBuffer buffer;

        Memory(final Path file) throws Exception {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
            }
            buffer = new MappedBuffer(mapping);
        }

        @Override
        public void close() {
            IoUtil.unmap(mapping);
        }
    }
}
