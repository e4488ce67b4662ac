package dev.lockstep.bench;

/**
 * What tells every follower something and waits until all have taken it in. The instigator is the thread that makes the bus;
 * followers are threads of the bus.
 */
interface Bus {
    /** Tells all followers and returns when the last one has applied it. */
    void operate();

    /** Ends the followers. Throws if one of them has not applied every operation, once. */
    void close() throws InterruptedException;
}
