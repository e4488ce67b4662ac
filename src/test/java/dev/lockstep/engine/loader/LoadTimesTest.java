package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.broadcast.Journal;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.linker.TopologyToken;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseOptions;
import dev.lockstep.linker.UniverseSnapshot;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which loads are told, and that what must be outside the locks is. */
@Timeout(120)
class LoadTimesTest {
    private static final long HELD_NANOS = 50_000_000;

    @TempDir
    Path directory;

    /** Runs when the journal is prepared, with the thread that does. */
    private Runnable onPrepare = () -> {};

    private Universe universe;
    private GuestProcess process;
    private ModulePreparation preparation;
    private CGuest first;
    private CGuest second;
    private final List<LoadTimes> told = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        universe = Universe.open(
                UniverseConfig.at(directory.resolve("universe")),
                UniverseOptions.defaults().instrument(UnaryOperator.identity(), WatchedJournal::new));
        process = CGuest.process(universe);
        preparation = ModulePreparation.start(universe, process);
        first = CGuest.bootstrap(universe, process, preparation);
        second = CGuest.join(universe, process, preparation);
        first.run(() -> {
            first.linker().timeLoads(told::add);
            return null;
        });
    }

    @AfterEach
    void close() throws IOException {
        second.close();
        first.close();
        preparation.close();
        universe.close();
        process.close();
    }

    private final class WatchedJournal implements Journal {
        private final Journal real;

        WatchedJournal(final Journal real) {
            this.real = real;
        }

        @Override
        public void prepare() {
            onPrepare.run();
            real.prepare();
        }

        @Override
        public int capacity() {
            return real.capacity();
        }

        @Override
        public void write(final int position, final DirectBuffer source, final int offset, final int length) {
            real.write(position, source, offset, length);
        }

        @Override
        public void read(final int position, final MutableDirectBuffer into, final int offset, final int length) {
            real.read(position, into, offset, length);
        }

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private record Applied(long sequence, long began, long ended) {}

    private static List<Applied> watch(final CGuest guest) {
        final List<Applied> applied = new CopyOnWriteArrayList<>();
        guest.run(() -> {
            guest.replica().timeApplied((sequence, began, ended) -> applied.add(new Applied(sequence, began, ended)));
            return null;
        });
        return applied;
    }

    @Test
    void shouldTellOfALoadWhenEachGroupThatRanAppliedIt() throws Exception {
        final List<Applied> byFirst = watch(first);
        final List<Applied> bySecond = watch(second);
        final CountDownLatch loaded = new CountDownLatch(1);
        final Future<Object> running = second.submit(() -> {
            while (loaded.getCount() > 0) {
                second.group().doPendingLinkOperations(true);
            }
            return null;
        });
        final long start = System.nanoTime();
        first.load("bss.wasm");
        final long took = System.nanoTime() - start;
        loaded.countDown();
        TestGroup.get(running);

        assertEquals(1, told.size());
        final LoadTimes times = told.get(0);
        assertEquals(universe.committedSequence(), times.sequence());
        assertTrue(times.total() > 0 && times.total() <= took, times + " took=" + took);
        assertEquals(0, times.guestLock());
        for (final List<Applied> applied : List.of(byFirst, bySecond)) {
            final Applied last = applied.get(applied.size() - 1);
            assertEquals(times.sequence(), last.sequence());
            assertTrue(times.broadcastNanos() <= last.began(), times + " " + last);
            assertTrue(last.began() <= last.ended(), last.toString());
        }
        final Applied own = byFirst.get(byFirst.size() - 1);
        assertTrue(own.ended() <= times.broadcastNanos() + times.operation(), times + " " + own);
    }

    @Test
    void shouldNotTellOfALoadThatLoadsNothing() {
        first.load("bss.wasm");
        told.clear();
        first.load("bss.wasm");
        second.load("data_relocs.wasm");
        assertThrows(LinkException.class, () -> first.load("bad_data.wasm"));
        assertEquals(List.of(), told);
    }

    @Test
    void shouldTellTheModulesThatAConstructorLoadsByThemselves() {
        first.load("ctor_loads.wasm");
        assertEquals(2, told.size(), told::toString);
        assertTrue(told.get(0).sequence() > told.get(1).sequence(), told::toString);
        assertTrue(told.get(0).total() <= told.get(1).initializing(), told::toString);
    }

    @Test
    void shouldCountTheWaitForTheLocksAsSuch() throws Exception {
        final CountDownLatch held = new CountDownLatch(1);
        final Future<Object> holder = second.submit(() -> {
            try (TopologyToken token = second.group().acquireTopologyToken()) {
                held.countDown();
                while (UniverseSnapshot.of(universe.directory())
                        .lease()
                        .waiting()
                        .isEmpty()) {
                    Thread.onSpinWait();
                }
                final long seen = System.nanoTime();
                while (System.nanoTime() - seen < HELD_NANOS) {
                    Thread.onSpinWait();
                }
                assertTrue(token.number() >= 0);
            }
            return null;
        });
        held.await();
        first.load("bss.wasm");
        TestGroup.get(holder);
        assertEquals(1, told.size());
        assertTrue(told.get(0).locking() >= HELD_NANOS, told::toString);
    }

    @Test
    void shouldGetTheJournalReadyBeforeAnybodyWaits() {
        final List<Boolean> safe = new CopyOnWriteArrayList<>();
        onPrepare = () -> safe.add(second.group().isInSafeRegion());
        second.load("bss.wasm");
        assertTrue(safe.get(0), safe::toString);
        assertTrue(safe.contains(false), safe::toString);
        safe.clear();
        second.run(() -> second.linker().resolveFunction(second.handleHere("bss.wasm"), "bss_size"));
        assertFalse(safe.isEmpty());
        assertFalse(safe.contains(true), safe::toString); // once is enough
    }

    @Test
    void shouldGetTheJournalReadyBeforeAFunctionIsResolved() {
        first.load("bss.wasm");
        final List<Boolean> safe = new CopyOnWriteArrayList<>();
        onPrepare = () -> safe.add(second.group().isInSafeRegion());
        second.run(() -> second.linker().resolveFunction(second.handleHere("bss.wasm"), "bss_size"));
        assertTrue(safe.get(0), safe::toString);
    }
}
