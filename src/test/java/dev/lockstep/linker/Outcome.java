package dev.lockstep.linker;

import java.util.Objects;

/**
 * What came of a command to a group, in this or in another JVM: a text, or an error with those of its properties that
 * have to agree between groups.
 *
 * @param text what it answered; of an error its message.
 * @param error simple name of the exception's class, or null.
 * @param code of an abort, else 0.
 * @param slot that aborted, else 0.
 * @param sequence at which it aborted, else 0.
 */
record Outcome(String text, String error, int code, int slot, long sequence) {
    private static final String OK = "ok ";

    static Outcome of(final String text) {
        return new Outcome(text, null, 0, 0, 0);
    }

    static Outcome of(final Throwable failure) {
        final String error = failure.getClass().getSimpleName();
        final StringBuilder text = new StringBuilder(Objects.toString(failure.getMessage(), ""));
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            text.append(" <- ")
                    .append(cause.getClass().getSimpleName())
                    .append(' ')
                    .append(cause.getMessage());
        }
        final String line = text.toString().replace('\n', ' ');
        return failure instanceof SynchronizationAbortedException aborted
                ? new Outcome(line, error, aborted.code(), aborted.slot(), aborted.sequence())
                : new Outcome(line, error, 0, 0, 0);
    }

    boolean failed() {
        return error != null;
    }

    boolean failedBy(final Class<? extends Throwable> type) {
        return type.getSimpleName().equals(error);
    }

    /** One line, for {@link #decode}. */
    String encode() {
        return failed() ? error + " " + code + " " + slot + " " + sequence + " " + text : OK + text;
    }

    static Outcome decode(final String line) {
        if (line.startsWith(OK)) {
            return of(line.substring(OK.length()));
        }
        final String[] parts = line.split(" ", 5);
        return new Outcome(
                parts[4], parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), Long.parseLong(parts[3]));
    }
}
