package dev.lockstep.linker;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The thread of an attachment that looks after what nobody waits for: dead processes, groups of this JVM that can do
 * nothing more, live groups that keep others waiting. The only one that reaps a group of a live process, which is this
 * one: from other JVMs a thread cannot be seen.
 *
 * <p>It never waits for anybody: each look is bounded.
 */
final class Monitor {
    private final Runnable prepareToSleep;
    private final Runnable reapTheDead;
    private final Set<InstanceGroup> groups;
    private final StallWatch stalls;
    private final UniverseListener listener;
    private final long intervalNanos;
    private final Queue<Consumer<UniverseListener>> events = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean stopped;
    private String lastFailure = "";

    /**
     * A monitor, not started.
     *
     * @param name of its thread.
     * @param prepareToSleep loads what threads need to sleep, if one has wanted to.
     * @param reapTheDead finds dead processes and reaps them.
     * @param groups of this JVM; concurrent.
     * @param stalls watches live groups.
     * @param options of this JVM.
     */
    Monitor(
            final String name,
            final Runnable prepareToSleep,
            final Runnable reapTheDead,
            final Set<InstanceGroup> groups,
            final StallWatch stalls,
            final UniverseOptions options) {
        this.prepareToSleep = prepareToSleep;
        this.reapTheDead = reapTheDead;
        this.groups = groups;
        this.stalls = stalls;
        listener = options.listener();
        intervalNanos = options.monitorIntervalNanos();
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Ends the thread; afterwards it touches no memory. From a listener it takes effect when the listener returns. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread != Thread.currentThread() && thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Has the listener told at the next look; from any thread. */
    void tell(final Consumer<UniverseListener> event) {
        events.add(event);
    }

    private void run() {
        while (!stopped) {
            LockSupport.parkNanos(this, intervalNanos);
            if (stopped) {
                return;
            }
            guarded(prepareToSleep);
            guarded(reapTheDead);
            guarded(this::reapLostGroups);
            guarded(() -> stalls.look(this::tell));
            for (Consumer<UniverseListener> event = events.poll(); event != null && !stopped; event = events.poll()) {
                final Consumer<UniverseListener> told = event;
                guarded(() -> told.accept(listener));
            }
        }
    }

    /** One look that fails, of whatever kind, must not be the last one. */
    private void guarded(final Runnable look) {
        if (stopped) {
            return;
        }
        try {
            look.run();
        } catch (final Throwable failure) {
            final String what = failure.toString();
            if (!what.equals(lastFailure)) {
                lastFailure = what;
                Log.LOGGER.log(System.Logger.Level.WARNING, "monitor goes on after a failure: " + what, failure);
            }
        }
    }

    private void reapLostGroups() {
        for (final InstanceGroup group : groups) {
            if (group.isLost() && group.abandon()) {
                final int slot = group.slot();
                final String owner = group.threadName();
                tell(told -> told.groupLost(slot, owner));
            }
        }
    }
}
