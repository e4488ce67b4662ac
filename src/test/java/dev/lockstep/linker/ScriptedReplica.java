package dev.lockstep.linker;

import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * A {@link FunctionTable} that does something else at one operation, by a script: {@code plain}, {@code block:n} (says
 * "applying n" and stays there), {@code fail:n} (throws) or {@code skip:n} (does not apply it and keeps quiet).
 */
final class ScriptedReplica implements Replica {
    private final FunctionTable table = new FunctionTable();
    private final Consumer<String> events;
    private final CountDownLatch unblocked = new CountDownLatch(1);
    private final String what;
    private final long when;

    ScriptedReplica(final String script, final Consumer<String> events) {
        this.events = events;
        final String[] parts = script.split(":", 2);
        what = parts[0];
        when = parts.length == 1 ? 0 : Long.parseLong(parts[1]);
    }

    @Override
    public void apply(final OperationFlyweight operation) {
        if (operation.sequence() == when) {
            switch (what) {
                case "block" -> block();
                case "fail" -> throw new IllegalStateException("scripted failure");
                default -> {
                    return;
                }
            }
        }
        table.apply(operation);
    }

    private void block() {
        events.accept("applying " + when);
        boolean interrupted = false;
        while (unblocked.getCount() != 0) {
            try {
                unblocked.await();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    void unblock() {
        unblocked.countDown();
    }

    @Override
    public int tableLength() {
        return table.tableLength();
    }

    FunctionTable table() {
        return table;
    }

    /** What two replicas that have applied the same have in common. */
    String fingerprint() {
        return table.tableLength() + "/" + table.operations() + "/" + Long.toHexString(table.fingerprint());
    }
}
