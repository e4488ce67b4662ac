package dev.lockstep.linker.table;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final String LONG_NAME = "tree_sitter_javascript_external_scanner_créate_😀";

    private final Tables tables = new Tables();
    private final ModuleEntry entry = new ModuleEntry();
    private final byte[] hash = Tables.hash(1);

    @Test
    void shouldAllocateNothingInSteadyState() {
        tables.begin();
        tables.register(LONG_NAME);
        tables.writer.addClosureBatch(tables.writer.growTable(100), 100);
        tables.writer.recordSymbol(1, LONG_NAME, 3);
        tables.commit();
        for (int i = 0; i < 20_000; i++) {
            turn(i);
        }
        final com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 5 && least > 0; attempt++) {
            final long probe = threads.getCurrentThreadAllocatedBytes();
            final long cost = threads.getCurrentThreadAllocatedBytes() - probe;
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                turn(i);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before - cost);
        }
        assertTrue(least <= 0, "bytes allocated in 1000 turns: " + least);
    }

    private void turn(final int i) {
        final TableWriter writer = tables.writer;
        tables.transaction.begin();
        writer.registerModule("x", LONG_NAME, hash, 0, 0, 0, 0, 0, ModuleStates.DATA, 0);
        writer.recordSymbol(1, "another", i);
        tables.transaction.discard();

        tables.transaction.begin();
        final long address = writer.allocateMemory(1 + i % 500, 1L << i % 13);
        writer.freeMemory(address, 1 + i % 500);
        writer.freeClosure(writer.popClosure());
        writer.recordSymbol(1, LONG_NAME, i);
        writer.growTable(1);
        tables.commit();
        assertTrue(tables.file.findSymbol(1, LONG_NAME) == i && tables.file.findModule(LONG_NAME) == 1);
        assertTrue(tables.file.module(1, entry));
        assertFalse(tables.file.isClosure(50));
    }
}
