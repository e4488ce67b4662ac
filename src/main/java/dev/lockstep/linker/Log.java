package dev.lockstep.linker;

/** The log. Looked for when there is something to log: finding the platform's logging takes tens of milliseconds. */
final class Log {
    static final System.Logger LOGGER = System.getLogger("dev.lockstep");

    private Log() {}
}
