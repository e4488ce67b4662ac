package dev.lockstep.linker.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.SymbolDescriptor;
import dev.lockstep.region.TableDescriptor;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DamagedTablesTest {
    private static final int READY = 6;
    private static final int UNLOADED = 7;

    private static Tables filled() {
        final Tables t = new Tables().begin();
        for (int i = 0; i < 5; i++) {
            t.register("module" + i);
            t.writer.recordSymbol(1 + i, "symbol" + i, i);
        }
        t.writer.growTable(300);
        t.writer.addClosureBatch(10, 100);
        t.writer.addClosureBatch(130, 128);
        for (int i = 0; i < 70; i++) {
            t.writer.popClosure();
        }
        final long block = t.writer.allocateMemory(70_000, 16);
        t.writer.freeMemory(block + 1000, 100);
        t.writer.registerModule("ready", "", Tables.hash(1), block + 5000, 64, 290, 6, 0, ModuleStates.DATA, 2);
        t.writer.registerModule("unloaded", "", Tables.hash(1), block + 6000, 64, 280, 8, 0, ModuleStates.DATA, 2);
        t.writer.recordSymbol(READY, "symbol", 296);
        t.writer.recordSymbol(UNLOADED, "symbol", 288);
        t.writer.recordSymbol(UNLOADED, "symbol of another name", 289);
        t.commit();
        final ModuleStates states = new ModuleStates(t.buffer, t.layout);
        for (final int handle : new int[] {READY, UNLOADED}) {
            states.advance(handle, ModuleStates.DATA, 2, ModuleStates.CTORS, 2);
            states.advance(handle, ModuleStates.CTORS, 2, ModuleStates.READY, ModuleStates.NOBODY);
        }
        t.begin();
        t.writer.unloadModule(UNLOADED);
        t.writer.releaseTable(UNLOADED, 280, 7);
        t.writer.allocateTable(1, 1);
        assertEquals(1, t.writer.tables().consumedSymbolCount());
        t.commit();
        return t;
    }

    private static List<Runnable> reads(final LinkerTables view, final ModuleStates states, final Random random) {
        final ModuleEntry entry = new ModuleEntry();
        final int handle = random.nextInt(12) - 1;
        final String name = random.nextBoolean() ? "module" + random.nextInt(6) : "symbol" + random.nextInt(6);
        return List.of(
                view::nextHandle,
                view::moduleCount,
                view::tableLength,
                view::memoryEnd,
                view::symbolCount,
                view::nameBytesUsed,
                view::extentCount,
                view::closureBatchCount,
                view::retiredSymbolCount,
                view::consumedSymbolCount,
                view::freeSlots,
                () -> view.moduleReferences(handle),
                () -> view.isRetired(handle),
                view::freeMemory,
                view::fingerprint,
                () -> view.findModule(name),
                () -> view.findSymbol(handle, name),
                () -> view.module(handle, entry),
                () -> view.isClosure(random.nextInt(300)),
                () -> view.isClosure(random.nextInt()),
                () -> {
                    if (handle >= 1 && handle <= Tables.SMALL.modules()) {
                        states.word(handle);
                    }
                });
    }

    private static void readEverything(final Tables t, final Random random) {
        final ModuleStates states = new ModuleStates(t.buffer, t.layout);
        for (final LinkerTables view : new LinkerTables[] {t.file, t.writer.tables()}) {
            for (final Runnable read : reads(view, states, random)) {
                try {
                    read.run();
                } catch (final TableCorruptException e) {
                    assertEquals("tables", e.region());
                }
            }
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldReadOrRefuseWhateverTheTablesHold() {
        Seeded.rounds(2_000, random -> {
            final Tables t = new Tables();
            final byte[] garbage = new byte[t.tablesLength()];
            random.nextBytes(garbage);
            if (random.nextBoolean()) {
                for (int i = 0; i < TableDescriptor.MODULES_OFFSET; i += 8) {
                    garbage[i] = (byte) random.nextInt(9);
                    java.util.Arrays.fill(garbage, i + 1, i + 8, (byte) 0);
                }
            }
            t.buffer.putBytes(t.layout.tables(), garbage);
            readEverything(t, random);
            assertArrayEquals(garbage, t.tableBytes());
        });
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldReadOrRefuseWhenSomeWordsAreDamaged() {
        final Tables sound = filled();
        Seeded.rounds(4_000, random -> {
            final Tables t = sound.copy();
            damage(t, random);
            readEverything(t, random);
        });
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldChangeOrRefuseWhenSomeWordsAreDamaged() {
        final Tables sound = filled();
        Seeded.rounds(4_000, random -> {
            final Tables t = sound.copy();
            damage(t, random);
            final byte[] before = t.bytes();
            t.begin();
            for (final Runnable change : List.<Runnable>of(
                    () -> t.register("another"),
                    () -> t.writer.recordSymbol(1 + random.nextInt(5), "f" + random.nextInt(), 3),
                    () -> t.writer.growTable(10),
                    () -> t.writer.retainModule(1 + random.nextInt(7)),
                    () -> t.writer.releaseModule(1 + random.nextInt(7)),
                    () -> t.writer.allocateTable(1 + random.nextInt(8), 1 << random.nextInt(4)),
                    () -> t.writer.unloadModule(READY),
                    () -> t.writer.releaseTable(READY, 290, 6),
                    () -> t.writer.recordSymbol(1 + random.nextInt(5), "symbol", 5),
                    () -> t.writer.allocateTable(1 + random.nextInt(2), 1 << random.nextInt(2)),
                    () -> t.writer.recordSymbol(2, "symbol of another name", 6),
                    () -> t.writer.allocateTable(random.nextInt(12), 1),
                    () -> t.writer.setMemoryEnd(random.nextInt(1 << 20)),
                    () -> t.writer.allocateMemory(1 + random.nextInt(100_000), 1L << random.nextInt(20)),
                    () -> t.writer.freeMemory(random.nextInt(70_000), 1 + random.nextInt(100)),
                    () -> t.writer.popClosure(),
                    () -> t.writer.addClosureBatch(110, 20),
                    () -> t.writer.freeClosure(random.nextInt(300)))) {
                final byte[] staged = t.stagedBytes();
                try {
                    change.run();
                } catch (final TableCorruptException | CapacityExceededException | IllegalArgumentException e) {
                    assertArrayEquals(staged, t.stagedBytes());
                }
            }
            assertArrayEquals(before, t.bytes());
        });
    }

    private static void damage(final Tables t, final Random random) {
        final int hits = 1 + random.nextInt(4);
        for (int i = 0; i < hits; i++) {
            final int words = random.nextBoolean() ? TableDescriptor.MODULES_OFFSET / 8 : t.tablesLength() / 8;
            final int at = t.layout.tables() + random.nextInt(words) * 8;
            final int kind = random.nextInt(5);
            final long value = kind == 0
                    ? random.nextLong()
                    : kind == 1
                            ? random.nextInt(200)
                            : kind == 2
                                    ? -1 - random.nextInt(200)
                                    : kind == 3
                                            ? t.buffer.getLong(at) ^ 1L << random.nextInt(64)
                                            : (long) random.nextInt() << 32 | 8;
            t.buffer.putLong(at, value);
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldEndTheSearchWhenNoSymbolEntryIsFree() {
        final Tables t = new Tables();
        final int symbols = t.layout.tables() + TableDescriptor.symbolsOffset(Tables.SMALL);
        for (int i = 0; i < TableDescriptor.symbolSlots(Tables.SMALL); i++) {
            t.buffer.putLong(
                    symbols + i * TableDescriptor.SYMBOL_LENGTH + SymbolDescriptor.FLAGS_OFFSET,
                    SymbolDescriptor.FLAG_OCCUPIED);
        }
        assertThrows(TableCorruptException.class, () -> t.file.findSymbol(1, "f"));
    }

    @Test
    void shouldNameTheWord() {
        final Tables t = new Tables();
        final int offset = t.layout.tables() + TableDescriptor.MEMORY_END_OFFSET;
        t.buffer.putLong(offset, -5);
        assertEquals(
                "linker.dat is damaged: region=tables word=memory end value=-5 offset=" + offset
                        + ", end the processes that use the universe and create it anew",
                assertThrows(TableCorruptException.class, t.file::memoryEnd).getMessage());
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldReadOrRefuseWhileAWriterIsAtWork() throws Exception {
        final Tables t = filled();
        final AtomicBoolean done = new AtomicBoolean();
        final Throwable[] failure = new Throwable[1];
        final Thread reader = new Thread(() -> {
            final Tables mine = new Tables();
            final LinkerTables view = new LinkerTables(t.buffer, t.layout);
            final ModuleStates states = new ModuleStates(t.buffer, t.layout);
            final Random random = new Random(mine.hashCode());
            try {
                while (!done.get()) {
                    for (final Runnable read : reads(view, states, random)) {
                        try {
                            read.run();
                        } catch (final TableCorruptException e) {
                            assertEquals("tables", e.region());
                        }
                    }
                }
            } catch (final Throwable e) {
                failure[0] = e;
            }
        });
        reader.start();
        long last = 0;
        for (int i = 0; i < 20_000; i++) {
            t.begin();
            final long address = t.writer.allocateMemory(1 + i % 900, 1L << i % 17);
            t.writer.recordSymbol(1, "symbol" + i % 5, i);
            t.writer.freeClosure(t.writer.popClosure());
            t.writer.freeMemory(address, 1 + i % 900);
            t.commit();
            last = t.file.sequence();
        }
        done.set(true);
        reader.join();
        if (failure[0] != null) {
            throw new AssertionError(failure[0]);
        }
        assertTrue(last > 20_000);
    }
}
