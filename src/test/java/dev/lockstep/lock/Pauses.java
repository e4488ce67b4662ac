package dev.lockstep.lock;

/** Ways of waiting, for the tests. */
final class Pauses {
    /** Thrown to give a wait up. */
    static final class GivenUp extends RuntimeException {
        private static final long serialVersionUID = 1L;

        GivenUp() {
            super(null, null, false, false);
        }
    }

    /** Counts what it is told, and does something at each pause. */
    static class Counting implements Cooperation {
        private final Runnable pause;
        int begun;
        int paused;
        int ended;

        Counting(final Runnable pause) {
            this.pause = pause;
        }

        @Override
        public void begin() {
            begun++;
        }

        @Override
        public void pause() {
            paused++;
            pause.run();
        }

        @Override
        public void end() {
            ended++;
        }
    }

    private Pauses() {}

    /** Lets other threads run. */
    static Cooperation yielding() {
        return new Counting(Thread::yield);
    }

    /** Gives up at its n-th pause, from 1. */
    static Cooperation givingUpAt(final int n) {
        final int[] left = {n};
        return new Counting(() -> {
            if (--left[0] == 0) {
                throw new GivenUp();
            }
            Thread.yield();
        });
    }

    /** For where nothing is to be waited for. */
    static Cooperation never() {
        return new Counting(() -> {
            throw new AssertionError("had to wait");
        });
    }
}
