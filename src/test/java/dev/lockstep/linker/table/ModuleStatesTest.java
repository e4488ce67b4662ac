package dev.lockstep.linker.table;

import static dev.lockstep.linker.table.ModuleStates.CTORS;
import static dev.lockstep.linker.table.ModuleStates.DATA;
import static dev.lockstep.linker.table.ModuleStates.FAILED;
import static dev.lockstep.linker.table.ModuleStates.NOBODY;
import static dev.lockstep.linker.table.ModuleStates.NONE;
import static dev.lockstep.linker.table.ModuleStates.READY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.TableDescriptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModuleStatesTest {
    private final Tables tables = new Tables();
    private final ModuleStates states = new ModuleStates(tables.buffer, tables.layout);

    @BeforeEach
    void shouldBeginWithOneModule() {
        tables.begin().register("m");
        tables.commit();
    }

    @Test
    void shouldGoFromDataToReady() {
        assertEquals(DATA, states.state(1));
        assertEquals(2, states.owner(1));
        assertTrue(states.advance(1, DATA, 2, CTORS, 2));
        assertTrue(states.advance(1, CTORS, 2, READY, NOBODY));
        assertEquals(READY, states.state(1));
        assertEquals(NOBODY, states.owner(1));
        final ModuleEntry entry = new ModuleEntry();
        assertTrue(tables.file.module(1, entry));
        assertEquals(READY, entry.state());
    }

    @Test
    void shouldNotAdvanceWhatAnotherOwns() {
        assertFalse(states.advance(1, DATA, 3, CTORS, 3));
        assertFalse(states.advance(1, CTORS, 2, READY, NOBODY));
        assertEquals(ModuleStates.word(DATA, 2), states.word(1));
    }

    @Test
    void shouldGiveTheDataOfTheDeadToAnother() {
        assertTrue(states.advance(1, DATA, 2, DATA, NOBODY));
        assertTrue(states.advance(1, DATA, NOBODY, DATA, 5));
        assertFalse(states.advance(1, DATA, NOBODY, DATA, 6));
        assertEquals(5, states.owner(1));
    }

    @Test
    void shouldRefuseToGoBack() {
        for (final int[] way : new int[][] {
            {CTORS, DATA}, {READY, FAILED}, {READY, READY}, {FAILED, DATA}, {DATA, READY}, {CTORS, CTORS}, {NONE, DATA}
        }) {
            assertThrows(IllegalArgumentException.class, () -> states.advance(1, way[0], 2, way[1], 2));
        }
    }

    @Test
    void shouldSayThatThereIsNoSuchModule() {
        assertEquals(NONE, states.state(2));
        assertFalse(states.advance(2, DATA, 2, CTORS, 2));
        for (final int handle : new int[] {0, -1, 9, Integer.MAX_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> states.state(handle));
        }
    }

    @Test
    void shouldRefuseAWordThatIsNoState() {
        final int offset = tables.layout.tables() + TableDescriptor.MODULES_OFFSET;
        for (final long word : new long[] {6, -1, 1L << 20 | DATA, 1L << 24 | DATA, 1L << 63 | DATA}) {
            tables.buffer.putLong(offset, word);
            assertEquals(
                    "module state",
                    assertThrows(TableCorruptException.class, () -> states.state(1))
                            .word());
        }
    }
}
