package dev.lockstep.linker;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A group with its thread, in a test's JVM or in a {@link GroupWorker}. It does what it is told, one thing after another,
 * and in between it polls, as a group has to; unless it was told to be {@code deaf}.
 */
final class GroupThread implements AutoCloseable {
    private final String name;
    private final Thread thread;
    private final GroupCommands commands;
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final CompletableFuture<Outcome> pollFailure = new CompletableFuture<>();
    private volatile boolean deaf;
    private volatile boolean ended;

    GroupThread(final String name, final Universe universe, final Consumer<String> events) {
        this.name = name;
        commands = new GroupCommands(this, universe, events);
        thread = new Thread(this::run, "group-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    String name() {
        return name;
    }

    Thread thread() {
        return thread;
    }

    /** The group, as soon as it was made. */
    InstanceGroup group() {
        return commands.group();
    }

    ScriptedReplica replica() {
        return commands.replica();
    }

    void setDeaf(final boolean isDeaf) {
        deaf = isDeaf;
    }

    /** What ended its polling: an abort, or that the universe was closed. */
    CompletableFuture<Outcome> pollFailure() {
        return pollFailure;
    }

    CompletableFuture<Outcome> submit(final String command) {
        final CompletableFuture<Outcome> answer = new CompletableFuture<>();
        enqueue(() -> {
            try {
                answer.complete(Outcome.of(commands.run(command)));
            } catch (final Exception | AssertionError failure) {
                answer.complete(Outcome.of(failure));
            }
        });
        return answer;
    }

    /** For what a line cannot say; only in the test's own JVM. */
    <T> CompletableFuture<T> submit(final Callable<T> call) {
        final CompletableFuture<T> answer = new CompletableFuture<>();
        enqueue(() -> {
            try {
                answer.complete(call.call());
            } catch (final Exception | AssertionError failure) {
                answer.completeExceptionally(failure);
            }
        });
        return answer;
    }

    private void enqueue(final Runnable task) {
        tasks.add(task);
        LockSupport.unpark(thread);
    }

    private void run() {
        try {
            while (!ended) {
                final Runnable task = polls() ? tasks.poll() : tasks.take();
                if (task != null) {
                    task.run();
                } else {
                    poll();
                }
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            commands.leave();
        }
    }

    private boolean polls() {
        final InstanceGroup group = group();
        return group != null && !deaf && !group.isDead() && !group.isInSafeRegion() && !pollFailure.isDone();
    }

    private void poll() {
        try {
            group().cooperate();
        } catch (final SynchronizationAbortedException | UniverseClosedException over) {
            pollFailure.complete(Outcome.of(over));
        }
    }

    /** Asks the thread to end; what it is at comes to its end first. */
    void end() {
        if (replica() != null) {
            replica().unblock();
        }
        enqueue(() -> ended = true);
    }

    /** Ends the thread. */
    @Override
    public void close() {
        end();
        try {
            thread.join(20_000);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            final AssertionError stuck = new AssertionError("thread of a group does not end: " + name);
            stuck.setStackTrace(thread.getStackTrace());
            throw stuck;
        }
    }
}
