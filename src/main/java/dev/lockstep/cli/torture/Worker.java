package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.ChildJvm;

/** A JVM of the torture as the launcher sees it. For one thread. */
final class Worker {
    /** What is known of it. */
    enum State {
        STARTING,
        READY,
        RUNNING,
        STOPPING,
        DEAD
    }

    /** Place of a worker that takes no part. */
    static final int NOWHERE = -1;

    /** What is verified while it is not. */
    static final long NOT_YET = -1;

    final ChildJvm jvm;
    final int number;
    final boolean inNamespace;
    State state = State.STARTING;
    int place = NOWHERE;
    Board board;
    long verified = NOT_YET;
    final long[] progress = new long[Board.GROUPS];
    final long[] progressSince = new long[Board.GROUPS];

    Worker(final ChildJvm jvm, final int number, final boolean inNamespace) {
        this.jvm = jvm;
        this.number = number;
        this.inNamespace = inNamespace;
    }

    /** Sends SIGKILL; in a pid namespace of its own, to the JVM and not to what has started it. */
    void kill() {
        if (inNamespace) {
            jvm.handle().descendants().forEach(ProcessHandle::destroyForcibly);
        }
        jvm.handle().destroyForcibly();
    }
}
