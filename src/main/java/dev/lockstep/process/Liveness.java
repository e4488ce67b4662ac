package dev.lockstep.process;

/** What is known of a process that was attached once. */
public enum Liveness {
    /** It is attached and alive, or somebody is looking after its entry at this moment: ask again later. */
    ALIVE,
    /** It is dead, and its entry has not been reaped yet. */
    DEAD,
    /** It has detached or was reaped: the entry is free, or another process has it. */
    GONE,
    /** It runs, but its byte lock is lost. It is not dead, and nothing may be taken from it. */
    LOCK_LOST
}
