/**
 * The linker-state tables: what every group must agree on, in the mapped file, and how it changes.
 *
 * <p>{@link dev.lockstep.linker.table.LinkerTables} reads them, straight from the file or through a transaction's
 * staged writes. {@link dev.lockstep.linker.table.TableWriter} says what a change means, and stages it in a
 * {@link dev.lockstep.linker.table.TableTransaction}; {@link dev.lockstep.linker.table.Redo} makes it survive the death
 * of the writer. {@link dev.lockstep.linker.table.ModuleStates} are the only words of the tables that change by CAS.
 *
 * <p>Nothing here takes a lock, waits, or knows a group: who may read and who may write, and when, is the business of
 * the linker state lock and of the linker above.
 */
package dev.lockstep.linker.table;
