package dev.lockstep.cli.torture;

import dev.lockstep.linker.FunctionTable;
import dev.lockstep.linker.OperationFlyweight;
import dev.lockstep.linker.Replica;
import java.util.BitSet;

/**
 * A replica that notes what it is given: each sequence once, in order, and at each the operation that every other replica
 * has there.
 *
 * <p>Confined to its group's thread.
 */
final class RecordingReplica implements Replica {
    private final FunctionTable table = new FunctionTable();
    private final BitSet seen = new BitSet();
    private final Board board;
    private final Reporter reporter;
    private final String who;
    private long last;

    RecordingReplica(final Board board, final Reporter reporter, final String who) {
        this.board = board;
        this.reporter = reporter;
        this.who = who;
    }

    @Override
    public void apply(final OperationFlyweight operation) {
        final long sequence = operation.sequence();
        if (seen.get((int) sequence)) {
            reporter.found(Finding.DUPLICATED, "replica applied twice: sequence=" + sequence + " " + who);
        } else if (sequence < last) {
            reporter.found(
                    Finding.REORDERED,
                    "replica applied out of order: sequence=" + sequence + " after=" + last + " " + who);
        }
        seen.set((int) sequence);
        last = sequence;
        final long digest = Tag.digest(operation);
        final long agreed = board.agree(sequence, digest);
        if (agreed != digest) {
            reporter.found(
                    Finding.REORDERED,
                    "replica applied another operation than others: sequence=" + sequence + " operation="
                            + operation.toOperation() + " " + who);
        }
        table.apply(operation);
    }

    /** Looks whether everything up to a sequence has been applied; called when the library says that it has. */
    void checkComplete(final long sequence) {
        final int missing = seen.nextClearBit(1);
        if (missing <= sequence) {
            reporter.found(Finding.LOST, "replica left out: sequence=" + missing + " applied=" + sequence + " " + who);
        }
    }

    @Override
    public int tableLength() {
        return table.tableLength();
    }
}
