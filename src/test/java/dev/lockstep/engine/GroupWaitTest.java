package dev.lockstep.engine;

import static dev.lockstep.engine.LinearMemoryPlan.PAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.SynchronizationAbortedException;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseClosedException;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Groups that wait in the linear memory for each other, in one JVM and in two. */
@Timeout(120)
class GroupWaitTest {
    private static final int AT = 4096;
    private static final int TURN = 8192;
    private static final int MUTEX = 12288;
    private static final int COUNT = 12352;
    private static final int ROUNDS = 200;
    private static final long FOR_EVER = -1;
    private static final LinearMemoryPlan PLAN =
            new LinearMemoryPlan(1024, 2048, 4096, PAGE, PAGE, 2L * PAGE, 8L * PAGE, 2048);

    @TempDir
    Path directory;

    private final List<WaitingGroup> groups = new ArrayList<>();
    private Universe universe;
    private LinearMemoryFile memory;
    private WaitingGroup main;

    @BeforeEach
    void open() throws IOException {
        universe = Universe.open(UniverseConfig.at(directory.resolve("universe")));
        memory = LinearMemoryFile.openOrCreate(universe.directory(), PLAN);
        main = add(WaitingGroup.bootstrap(universe, memory));
    }

    @AfterEach
    void close() throws IOException {
        groups.forEach(WaitingGroup::close);
        universe.close();
        memory.close();
    }

    private WaitingGroup add(final WaitingGroup group) {
        groups.add(group);
        return group;
    }

    private WaitingGroup join() {
        return add(WaitingGroup.join(universe, memory));
    }

    /** A group in another JVM: "await", "turns", "count N" or "leave". */
    static final class OtherMain {
        public static void main(final String[] args) throws Exception {
            try (Universe universe = Universe.open(UniverseConfig.at(Path.of(args[0])));
                    LinearMemoryFile memory = LinearMemoryFile.openExisting(universe.directory());
                    WaitingGroup group = WaitingGroup.join(universe, memory)) {
                ForkedJvm.say("slot " + group.group().slot());
                while (true) {
                    final String[] words = ForkedJvm.nextLine().split(" ");
                    switch (words[0]) {
                        case "await" -> ForkedJvm.say("awaited " + WaitingGroup.get(group.await(AT, 0, FOR_EVER)));
                        case "turns" -> {
                            group.call(() -> turns(group, memory, 1));
                            ForkedJvm.say("done");
                        }
                        case "count" -> {
                            group.call(() -> count(group, memory, Integer.parseInt(words[1])));
                            ForkedJvm.say("done");
                        }
                        default -> {
                            ForkedJvm.say("left");
                            return;
                        }
                    }
                }
            }
        }
    }

    /** Waits for the turns of one parity, and gives each on. */
    private static Void turns(final WaitingGroup group, final LinearMemoryFile memory, final int parity)
            throws InterruptedException {
        for (int turn = parity; turn < 2 * ROUNDS; turn += 2) {
            int seen = memory.linear().getIntVolatile(TURN);
            while (seen != turn) {
                group.guestWait().await(TURN, seen, false, FOR_EVER);
                seen = memory.linear().getIntVolatile(TURN);
            }
            memory.linear().putIntVolatile(TURN, turn + 1);
            group.guestWait().notify(TURN, 1);
        }
        return null;
    }

    /** Counts under a mutex as a C library makes it of a word: 0 free, 1 held, 2 held and perhaps waited for. */
    private static Void count(final WaitingGroup group, final LinearMemoryFile memory, final int times)
            throws InterruptedException {
        for (int i = 0; i < times; i++) {
            int seen = memory.linear().compareAndExchangeInt(MUTEX, 0, 1);
            while (seen != 0) {
                if (seen == 2 || memory.linear().compareAndExchangeInt(MUTEX, 1, 2) != 0) {
                    group.guestWait().await(MUTEX, 2, false, FOR_EVER);
                }
                seen = memory.linear().compareAndExchangeInt(MUTEX, 0, 2);
            }
            final int count = memory.linear().getInt(COUNT);
            group.group().doPendingLinkOperations(true);
            memory.linear().putInt(COUNT, count + 1);
            if (memory.linear().getAndSetInt(MUTEX, 0) == 2) {
                group.guestWait().notify(MUTEX, 1);
            }
        }
        return null;
    }

    private ForkedJvm otherJvm() {
        return ForkedJvm.start(OtherMain.class, universe.directory().toString());
    }

    private static void until(final BooleanSupplier condition) {
        final long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - begun < ForkedJvm.TIMEOUT.toNanos(), "never so");
            Thread.yield();
        }
    }

    /** State and address of a slot's wait word. */
    private long waitWord(final int slot) {
        final long word = memory.header().getLongVolatile(LinearMemoryDescriptor.WAIT_WORDS_OFFSET + slot * Long.BYTES);
        return word & Integer.MAX_VALUE;
    }

    private void untilWaiting(final int slot, final int address) {
        until(() -> waitWord(slot) == (address | 2));
    }

    private void untilWaiting(final WaitingGroup group, final int address) {
        untilWaiting(group.group().slot(), address);
    }

    @Test
    void shouldReturnAtOnceIfValueDiffers() {
        memory.linear().putInt(AT, 7);
        assertEquals(GuestWait.NOT_EQUAL, WaitingGroup.get(main.await(AT, 8, FOR_EVER)));
        memory.linear().putLong(AT, -1L << 32);
        assertEquals(
                GuestWait.NOT_EQUAL, main.call(() -> main.guestWait().await(AT, 0, true, FOR_EVER)), "64 bits count");
        assertEquals(GuestWait.TIMED_OUT, WaitingGroup.get(main.await(AT, 0, 0)), "32 bits count");
    }

    @Test
    void shouldTimeOutIfNobodyNotifies() {
        final long begun = System.nanoTime();
        assertEquals(GuestWait.TIMED_OUT, WaitingGroup.get(main.await(AT, 0, 20_000_000)));
        assertTrue(System.nanoTime() - begun >= 20_000_000, "too early");
        assertEquals(0, waitWord(main.group().slot()), "word is left");
        assertEquals(0, main.notify(AT, 1));
    }

    @Test
    void shouldNotifyWaiterOfEitherWidthAtItsAddressOnly() {
        final WaitingGroup narrow = join();
        final WaitingGroup wide = join();
        final Future<Integer> first = narrow.await(AT, 0, FOR_EVER);
        untilWaiting(narrow, AT);
        final Future<Integer> second = wide.submit(() -> wide.guestWait().await(AT, 0, true, FOR_EVER));
        untilWaiting(wide, AT);
        assertEquals(0, main.notify(AT + 8, -1));
        assertEquals(0, main.notify(AT, 0));
        assertFalse(first.isDone() || second.isDone());
        assertEquals(2, main.notify(AT, -1));
        assertEquals(GuestWait.NOTIFIED, WaitingGroup.get(first));
        assertEquals(GuestWait.NOTIFIED, WaitingGroup.get(second));
        assertEquals(0, main.notify(AT, 1));
    }

    @Test
    void shouldNotifyInTheOrderOfArrival() {
        final List<WaitingGroup> waiters = List.of(join(), join(), join());
        for (final int[] order : new int[][] {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}}) {
            final List<Future<Integer>> results = new ArrayList<>();
            for (final int index : order) {
                results.add(waiters.get(index).await(AT, 0, FOR_EVER));
                untilWaiting(waiters.get(index), AT);
            }
            for (int i = 0; i < order.length; i++) {
                assertEquals(1, main.notify(AT, 1));
                assertEquals(GuestWait.NOTIFIED, WaitingGroup.get(results.get(i)));
                for (int later = i + 1; later < order.length; later++) {
                    assertEquals(
                            AT | 2, waitWord(waiters.get(order[later]).group().slot()), "went past an older one");
                }
            }
        }
    }

    @Test
    void shouldLetOperationsHappenWhileItWaits() {
        final WaitingGroup waiter = join();
        final Future<Integer> result = waiter.await(AT, 0, FOR_EVER);
        untilWaiting(waiter, AT);
        main.call(() -> main.group().allocateClosureIndex());
        final long committed = universe.committedSequence();
        assertTrue(committed > 0, "an operation");
        assertFalse(result.isDone());
        assertEquals(1, main.notify(AT, 1));
        assertEquals(GuestWait.NOTIFIED, WaitingGroup.get(result));
        assertEquals(committed, waiter.group().appliedSequence(), "caught up before the guest goes on");
    }

    @Test
    void shouldEndByInterruptUnlessItWasNotified() throws Exception {
        final WaitingGroup waiter = join();
        final Future<Integer> result = waiter.await(AT, 0, FOR_EVER);
        untilWaiting(waiter, AT);
        waiter.thread().interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, () -> result.get(60, TimeUnit.SECONDS))
                        .getCause());
        assertEquals(0, main.notify(AT, 1));

        final boolean interrupted = waiter.call(() -> {
            Thread.currentThread().interrupt();
            assertEquals(GuestWait.NOT_EQUAL, waiter.guestWait().await(AT, 1, false, FOR_EVER));
            return Thread.interrupted();
        });
        assertTrue(interrupted, "is still interrupted");
    }

    @Test
    void shouldTakeTurnsBetweenThreads() {
        final WaitingGroup other = join();
        final Future<Void> odd = other.submit(() -> turns(other, memory, 1));
        main.call(() -> turns(main, memory, 0));
        WaitingGroup.get(odd);
        assertEquals(2 * ROUNDS, memory.linear().getInt(TURN));
    }

    @Test
    void shouldTakeTurnsBetweenJvms() {
        try (ForkedJvm other = otherJvm()) {
            other.expect("slot");
            other.send("turns");
            main.call(() -> turns(main, memory, 0));
            other.expect("done");
            assertEquals(2 * ROUNDS, memory.linear().getInt(TURN));
            assertEquals("left", other.ask("leave"));
        }
    }

    @Test
    void shouldBuildMutexThatLosesNoWakeUpBetweenFourGroupsOfThreeJvms() {
        final int times = 2_000;
        final WaitingGroup near = join();
        try (ForkedJvm other = otherJvm();
                ForkedJvm another = otherJvm()) {
            other.expect("slot");
            another.expect("slot");
            other.send("count " + times);
            another.send("count " + times);
            final Future<Void> counted = near.submit(() -> count(near, memory, times));
            main.call(() -> count(main, memory, times));
            WaitingGroup.get(counted);
            other.expect("done");
            another.expect("done");
            assertEquals(4 * times, memory.linear().getInt(COUNT));
            assertEquals("left", other.ask("leave"));
            assertEquals("left", another.ask("leave"));
        }
    }

    @Test
    void shouldNotCountWaiterThatWasKilled() {
        final WaitingGroup waiter = join();
        try (ForkedJvm victim = otherJvm()) {
            final int slot = Integer.parseInt(victim.expect("slot").trim());
            victim.send("await");
            untilWaiting(slot, AT);
            final Future<Integer> result = waiter.await(AT, 0, FOR_EVER);
            untilWaiting(waiter, AT);
            victim.killAndWait();
            until(() -> main.call(() -> main.group().groupGeneration(slot)) == 0);
            assertEquals(AT | 2, waitWord(slot), "the dead takes nothing back");
            assertEquals(1, main.notify(AT, 1));
            assertEquals(GuestWait.NOTIFIED, WaitingGroup.get(result));
            assertEquals(0, waitWord(slot), "taken away on the way");
        }
    }

    @Test
    void shouldClearTheWordThatTheSlotsFormerGroupHasLeft() {
        final int slot;
        try (ForkedJvm victim = otherJvm()) {
            slot = Integer.parseInt(victim.expect("slot").trim());
            victim.send("await");
            untilWaiting(slot, AT);
            victim.killAndWait();
        }
        until(() -> main.call(() -> main.group().groupGeneration(slot)) == 0);
        assertEquals(slot, join().group().slot());
        assertEquals(0, waitWord(slot));
        assertEquals(0, main.notify(AT, 1));
    }

    @Test
    void shouldEndWithTheUniverse() {
        final WaitingGroup waiter = join();
        final Future<Integer> result = waiter.await(AT, 0, FOR_EVER);
        untilWaiting(waiter, AT);
        main.close();
        groups.remove(main);
        universe.close();
        assertThrows(UniverseClosedException.class, () -> WaitingGroup.get(result));
        assertEquals(0, waitWord(waiter.group().slot()), "word is left");
    }

    @Test
    void shouldEndWithAnAbort() {
        final WaitingGroup waiter = join();
        final Future<Integer> result = waiter.await(AT, 0, FOR_EVER);
        untilWaiting(waiter, AT);
        final Future<Void> aborting = main.submit(() -> {
            main.group().abort(99);
            return null;
        });
        assertThrows(SynchronizationAbortedException.class, () -> WaitingGroup.get(aborting), "on its way out");
        assertThrows(SynchronizationAbortedException.class, () -> WaitingGroup.get(result));
        assertEquals(0, waitWord(waiter.group().slot()), "word is left");
    }

    @Test
    void shouldRefuseToWaitWithoutAGroup() throws Exception {
        final NoWait wait = new NoWait(memory);
        assertEquals(GuestWait.NOT_EQUAL, wait.await(AT, 1, false, FOR_EVER));
        assertEquals(GuestWait.TIMED_OUT, wait.await(AT, 0, true, 0));
        assertThrows(IllegalStateException.class, () -> wait.await(AT, 0, false, FOR_EVER));
        assertEquals(0, wait.notify(AT, 1));
    }
}
