/**
 * The order of all operations, and how everyone gets it: frames, the journal that holds every one of them, the end
 * cells that say how far it is committed, and the ring that is a cache of its newest part.
 *
 * <p>{@link dev.lockstep.broadcast.OperationLog} puts them together for who broadcasts;
 * {@link dev.lockstep.broadcast.LogCursor} is one group's place in them. A frame is the same bytes in ring and journal,
 * so it does not matter from which of the two a group takes it. What an operation means is not known here, nor when it
 * is committed: the commit is the change of the control word, made by who calls.
 *
 * <p>Besides the command line, only this package uses Chronicle Bytes, and of this package only
 * {@link dev.lockstep.broadcast.ChronicleJournal}.
 */
package dev.lockstep.broadcast;
