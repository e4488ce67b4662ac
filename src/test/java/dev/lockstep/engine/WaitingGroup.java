package dev.lockstep.engine;

import dev.lockstep.linker.FunctionTable;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A group without an engine, with a thread of its own; in a safe region while it has nothing to do. */
final class WaitingGroup implements AutoCloseable {
    private final ExecutorService executor;
    private volatile Thread thread;
    private InstanceGroup group;
    private GroupWait wait;

    /** What a group does in the test. */
    interface Work<T> {
        T run() throws Exception;
    }

    private WaitingGroup(final Universe universe, final LinearMemoryFile memory, final boolean isMain) {
        executor = Executors.newSingleThreadExecutor(task -> {
            final Thread made = new Thread(task, "waiting-group");
            made.setDaemon(true);
            return made;
        });
        get(executor.submit(() -> {
            thread = Thread.currentThread();
            group = isMain
                    ? universe.bootstrap(new FunctionTable(), state -> null)
                    : universe.joinInstanceGroup(new FunctionTable());
            wait = new GroupWait(memory, universe, group);
            group.enterSafeRegion();
        }));
    }

    static WaitingGroup bootstrap(final Universe universe, final LinearMemoryFile memory) {
        return new WaitingGroup(universe, memory, true);
    }

    static WaitingGroup join(final Universe universe, final LinearMemoryFile memory) {
        return new WaitingGroup(universe, memory, false);
    }

    InstanceGroup group() {
        return group;
    }

    Thread thread() {
        return thread;
    }

    /** Has the group's thread do something, running. */
    <T> Future<T> submit(final Work<T> work) {
        final Callable<T> task = () -> {
            group.exitSafeRegion();
            try {
                return work.run();
            } finally {
                if (!group.isDead() && !group.isInSafeRegion()) {
                    group.enterSafeRegion();
                }
            }
        };
        return executor.submit(task);
    }

    <T> T call(final Work<T> work) {
        return get(submit(work));
    }

    Future<Integer> await(final int address, final int expected, final long timeoutNanos) {
        return submit(() -> wait.await(address, expected, false, timeoutNanos));
    }

    /** On the calling thread, which is the group's. */
    GroupWait guestWait() {
        return wait;
    }

    int notify(final int address, final int count) {
        return call(() -> wait.notify(address, count));
    }

    static <T> T get(final Future<T> result) {
        try {
            return result.get(60, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new AssertionError(e.getCause());
        } catch (final Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        get(executor.submit(() -> group.shutdownInstanceGroup()));
        executor.shutdown();
    }
}
