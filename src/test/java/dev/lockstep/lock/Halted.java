package dev.lockstep.lock;

import java.util.concurrent.CountDownLatch;

/** Something done by another thread, which halts half-way when it is told to. */
final class Halted {
    private final CountDownLatch halted = new CountDownLatch(1);
    private final CountDownLatch resumed = new CountDownLatch(1);
    private final Thread thread;
    private volatile Throwable failure;

    private Halted(final java.util.function.Consumer<Halted> body) {
        thread = new Thread(
                () -> {
                    try {
                        body.accept(this);
                    } catch (final Throwable thrown) {
                        failure = thrown;
                    } finally {
                        halted.countDown();
                    }
                },
                "halted");
    }

    /** Starts it; returns when it has called {@link #halt()}, or has ended without. */
    static Halted start(final java.util.function.Consumer<Halted> body) {
        final Halted halted = new Halted(body);
        halted.thread.start();
        await(halted.halted);
        return halted;
    }

    /** Called by the body: stops until it is resumed, the first time; later calls only let others run. */
    void halt() {
        halted.countDown();
        await(resumed);
        Thread.yield();
    }

    /** Lets it go on. */
    void resume() {
        resumed.countDown();
    }

    /** Lets it go on and waits for its end. */
    void finish() {
        resume();
        try {
            thread.join();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
        if (failure != null) {
            throw new AssertionError("the halted one failed", failure);
        }
    }

    private static void await(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
