package dev.lockstep.testing.explore;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/** The executions that are still to be run; workers take one after another. */
abstract class Frontier {
    private boolean abandoned;

    /** {@return the choices of the next execution, or null if there is none left} */
    final synchronized Choices take() {
        return abandoned ? null : next();
    }

    /** Somebody has found a failure: there is nothing left to do. */
    final synchronized void abandon() {
        abandoned = true;
        notifyAll();
    }

    final boolean isAbandoned() {
        return abandoned;
    }

    abstract Choices next();

    /** Called when an execution has ended. */
    abstract void done(Choices choices);

    /** Every execution: each one that has ended shows where others depart from it. */
    static Frontier exhaustive() {
        return new Frontier() {
            private final Deque<int[]> open = new ArrayDeque<>();
            private int running;

            {
                open.push(new int[0]);
            }

            @Override
            Choices next() {
                while (open.isEmpty() && running > 0 && !isAbandoned()) {
                    try {
                        wait();
                    } catch (final InterruptedException e) {
                        throw new IllegalStateException("interrupted", e);
                    }
                }
                if (open.isEmpty() || isAbandoned()) {
                    return null;
                }
                running++;
                return new Choices(open.pop(), null);
            }

            @Override
            synchronized void done(final Choices choices) {
                choices.departures().forEach(open::push);
                running--;
                notifyAll();
            }
        };
    }

    /** So many executions, at random. */
    static Frontier random(final long seed, final int count) {
        return new Frontier() {
            private final Random seeds = new Random(seed);
            private int left = count;

            @Override
            Choices next() {
                return left-- > 0 ? new Choices(new int[0], new Random(seeds.nextLong())) : null;
            }

            @Override
            void done(final Choices choices) {}
        };
    }
}
