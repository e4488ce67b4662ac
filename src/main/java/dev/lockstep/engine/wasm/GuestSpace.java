package dev.lockstep.engine.wasm;

import dev.lockstep.engine.GuestWait;
import dev.lockstep.engine.LinearMemoryFile;

/**
 * What all instances of one group share.
 *
 * @param memory the linear memory.
 * @param memoryType how modules import it.
 * @param waiting how the group waits at an address of a shared memory.
 * @param table the group's function table.
 * @param stackPointer where the stack pointer begins.
 */
public record GuestSpace(
        LinearMemoryFile memory, ExternType.Memory memoryType, GuestWait waiting, SlotTable table, long stackPointer) {}
