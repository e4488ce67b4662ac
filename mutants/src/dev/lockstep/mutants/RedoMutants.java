package dev.lockstep.mutants;

import static dev.lockstep.mutants.Mutant.mutant;

import java.util.List;

/** Faults of redo area and end cells. */
final class RedoMutants {
    private static final String REDO = "linker/table/Redo.java";
    private static final String TRANSACTION = "linker/table/TableTransaction.java";
    private static final String ENDS = "broadcast/JournalEnds.java";

    private RedoMutants() {}

    static List<Mutant> all() {
        return List.of(
                mutant("redo is valid by a plain store")
                        .change(
                                TRANSACTION,
                                "buffer.putLongRelease(redo + RedoDescriptor.VALID_OFFSET, 1 + length);",
                                "buffer.putLong(redo + RedoDescriptor.VALID_OFFSET, 1 + length);")
                        .caughtBy(Catcher.THREE_DEATHS_WRITER),
                mutant("redo is invalidated without the store-store fence")
                        .drop(REDO, "buffer.storeStoreFence();")
                        .caughtBy(Catcher.THREE_DEATHS_WRITER),
                mutant("redo is applied whatever operation it belongs to")
                        .change(REDO, "if (operation > committedSequence) {", "if (operation < 0) {")
                        .caughtBy(Catcher.TWO_DEATHS),
                mutant("redo is invalidated before it is applied")
                        .change(
                                REDO,
                                "walk(buffer, layout, length, true); invalidate(buffer, layout);"
                                        + " return Resolution.APPLIED;",
                                "invalidate(buffer, layout); walk(buffer, layout, length, true);"
                                        + " return Resolution.APPLIED;")
                        .caughtBy(Catcher.TWO_DEATHS),
                mutant("new end cell overwrites that of the committed sequence")
                        .change(ENDS, "endCellOffset(1 - kept); // Release", "endCellOffset(kept); // Release")
                        .caughtBy(Catcher.DEATH),
                mutant("end cell without the 0 before")
                        .drop(ENDS, "control.putLongRelease(cell + CELL_SEQUENCE_OFFSET, 0);")
                        .caughtBy(Catcher.END_CELLS),
                mutant("end cell by plain stores")
                        .change(
                                ENDS,
                                "control.putLongRelease(cell + CELL_SEQUENCE_OFFSET, 0);"
                                        + " control.putLongRelease(cell + CELL_END_OFFSET, newEnd);"
                                        + " control.putLongRelease(cell + CELL_SEQUENCE_OFFSET, newSequence);",
                                "control.putLong(cell + CELL_SEQUENCE_OFFSET, 0);"
                                        + " control.putLong(cell + CELL_END_OFFSET, newEnd);"
                                        + " control.putLong(cell + CELL_SEQUENCE_OFFSET, newSequence);")
                        .caughtBy(Catcher.END_CELLS_LATE));
    }
}
