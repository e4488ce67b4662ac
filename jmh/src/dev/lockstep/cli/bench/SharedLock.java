package dev.lockstep.cli.bench;

import java.io.IOException;

/** One JVM's end of a lock that two share. For one thread. */
interface SharedLock extends AutoCloseable {
    /** Waits for it and takes it. */
    void take();

    /** Gives it back, and answers what is pending if anything can be. */
    void give();

    /** {@return whether one holder keeps all others out} */
    default boolean isExclusive() {
        return true;
    }

    /** Is going to ask for it. */
    default void enter() {}

    /** Does not ask for it for a while. */
    default void leave() {}

    @Override
    default void close() throws IOException {}
}
