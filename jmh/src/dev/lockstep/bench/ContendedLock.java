package dev.lockstep.bench;

/** A lock that several threads ask for. */
interface ContendedLock {
    /** One thread's way to it. Confined to that thread. */
    interface Contender {
        /** Waits for the lock and takes it. */
        void take();

        /** Gives it back, and answers what is pending if anything can be. */
        void give();

        /** The thread asks no more for a while, and nobody may have to wait for it meanwhile. */
        default void pause() {}

        /** It goes on. */
        default void resume() {}
    }

    /** {@return the calling thread's way to the lock} */
    Contender contender();
}
