package dev.lockstep.cli.torture;

/** A thread that has a group: the number by which board and traps know it. */
final class GroupThread extends Thread {
    private static final int NONE = -1;

    private final Board board;
    private final int place;
    private final int number;

    GroupThread(final Board board, final int place, final int number, final Runnable task) {
        super(task, "group-" + number);
        this.board = board;
        this.place = place;
        this.number = number;
        setDaemon(true);
    }

    /** {@return number of the calling thread's group, or −1 if it has none} */
    static int currentNumber() {
        return Thread.currentThread() instanceof GroupThread group ? group.number : NONE;
    }

    /** Announces what the calling thread does, if it has a group. */
    static void announce(final Role role) {
        if (Thread.currentThread() instanceof GroupThread group) {
            group.board.role(group.place, group.number, role);
        }
    }
}
