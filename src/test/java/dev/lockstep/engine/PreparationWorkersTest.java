package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.PreparationFiles.Member;
import dev.lockstep.engine.PreparationFiles.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PreparationWorkersTest {
    private static final Member SELF = new Member(1, 7);
    private static final String THREADS = "lockstep-preparation-" + SELF + "-";

    @TempDir
    Path universe;

    private final AtomicInteger calls = new AtomicInteger();
    private PreparationFiles files;
    private ModuleStore store;
    private PreparationWorkers workers;

    @BeforeEach
    void open() throws IOException {
        store = ModuleStore.in(universe);
        files = new PreparationFiles(store.directory());
    }

    @AfterEach
    void close() {
        if (workers != null) {
            workers.close();
        }
    }

    private void start(final int threads, final Consumer<ContentHash> engine) throws IOException {
        workers = PreparationWorkers.start(
                files,
                SELF,
                new ModulePreparer() {
                    @Override
                    public ModuleStore store() {
                        return store;
                    }

                    @Override
                    public void prepare(final ContentHash hash) {
                        calls.incrementAndGet();
                        engine.accept(hash);
                    }
                },
                threads);
    }

    private static ContentHash module(final int number) {
        return ContentHash.of(new byte[] {(byte) number});
    }

    private void ask(final int... modules) throws IOException {
        for (final int module : modules) {
            files.publish(new Request(module(module), 1));
        }
    }

    private static void await(final String what, final Condition condition) throws Exception {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() - deadline < 0, what);
            LockSupport.parkNanos(100_000);
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(final CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (final Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Thread> poolThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(THREADS))
                .toList();
    }

    @Test
    void shouldPrepareAsManyModulesAtATimeAsItHasThreads() throws Exception {
        final int threads = 3;
        final CyclicBarrier together = new CyclicBarrier(threads);
        start(threads, hash -> await(together));
        ask(1, 2, 3, 4, 5, 6);
        await("all are answered", () -> files.answers(SELF) == 6);
        for (int i = 1; i <= 6; i++) {
            assertTrue(files.isPrepared(module(i), SELF));
        }
    }

    @Test
    void shouldPrepareNoMoreAtATimeThanItHasThreads() throws Exception {
        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        start(2, hash -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            LockSupport.parkNanos(2_000_000);
            now.decrementAndGet();
        });
        ask(1, 2, 3, 4, 5, 6, 7, 8);
        await("all are answered", () -> files.answers(SELF) == 8);
        assertTrue(most.get() <= 2, "most=" + most);
    }

    @Test
    void shouldHaveOneThreadOnlyWhenThereIsNothingToDo() throws Exception {
        final CyclicBarrier together = new CyclicBarrier(2);
        final List<Boolean> daemons = new CopyOnWriteArrayList<>();
        start(2, hash -> {
            await(together);
            daemons.add(Thread.currentThread().isDaemon());
        });
        ask(1, 2);
        await("both are answered", () -> files.answers(SELF) == 2);
        assertEquals(List.of(true, true), daemons);
        await("the threads end", () -> poolThreads().isEmpty());
        ask(3, 4);
        await("new ones answer", () -> files.answers(SELF) == 4);
    }

    @Test
    void shouldAnswerEveryRequestForAModuleThatIsBeingPrepared() throws Exception {
        final CountDownLatch begun = new CountDownLatch(1);
        final Semaphore go = new Semaphore(0);
        start(2, hash -> {
            begun.countDown();
            go.acquireUninterruptibly();
            throw new IllegalStateException("not here");
        });
        files.publish(new Request(module(1), 1));
        begun.await();
        files.publish(new Request(module(1), 2));
        files.publish(new Request(module(2), 3));
        await("what stands behind the second request is begun", () -> calls.get() == 2);
        go.release(2);
        await("both modules are answered", () -> files.answers(SELF) == 2);
        for (int request = 1; request <= 2; request++) {
            final String reason = files.refusal(new Request(module(1), request), SELF);
            assertTrue(reason.contains("not here"), reason);
        }
        assertEquals(2, calls.get());
        assertFalse(files.isPrepared(module(1), SELF));
    }

    @Test
    void shouldTryAgainWhatItHasRefused() throws Exception {
        start(2, hash -> {
            if (calls.get() == 1) {
                throw new LinkageError("once");
            }
        });
        files.publish(new Request(module(1), 1));
        await("it is refused", () -> files.answers(SELF) == 1);
        files.publish(new Request(module(1), 2));
        await("it is prepared", () -> files.answers(SELF) == 2);
        assertTrue(files.isPrepared(module(1), SELF));
        assertNull(files.refusal(new Request(module(1), 2), SELF));
    }

    @Test
    void shouldAnswerFromWhatIsPrepared() throws Exception {
        start(1, hash -> {});
        ask(1);
        await("it is prepared", () -> files.answers(SELF) == 1);
        ask(1, 2);
        await("the other one is prepared", () -> files.isPrepared(module(2), SELF));
        assertEquals(2, calls.get());
    }

    @Test
    void shouldLeaveAtOnceAndWaitForWhatIsBeingPrepared() throws Exception {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch go = new CountDownLatch(1);
        final AtomicInteger ended = new AtomicInteger();
        start(1, hash -> {
            begun.countDown();
            try {
                go.await();
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
            ended.incrementAndGet();
        });
        ask(1, 2, 3);
        begun.await();
        final Thread closer = new Thread(workers::close);
        closer.start();
        await("nobody waits for it any more", () -> files.answers(SELF) == -1);
        assertTrue(closer.isAlive());
        go.countDown();
        closer.join();
        assertEquals(1, ended.get());
        assertEquals(1, calls.get(), "what was not begun is not begun any more");
        assertEquals(List.of(), poolThreads());
        try (Stream<Path> left = Files.list(store.directory())) {
            assertEquals(
                    Set.of("wanted"),
                    left.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
        }
    }

    @Test
    void shouldTakeNoPartWhenAnAnswerCannotBeWritten() throws Exception {
        start(2, hash -> {
            try {
                Files.delete(store.directory().resolve(SELF + ".process"));
                Files.createDirectory(store.directory().resolve(SELF + ".process"));
            } catch (final IOException e) {
                throw new IllegalStateException(e);
            }
        });
        ask(1);
        await("it has left", () -> files.answers(SELF) == -1);
        assertFalse(files.isPrepared(module(1), SELF));
    }
}
