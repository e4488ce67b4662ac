package dev.lockstep.cli.torture;

import dev.lockstep.broadcast.Frame;
import dev.lockstep.broadcast.FrameCodec;
import dev.lockstep.broadcast.Journal;
import dev.lockstep.linker.OperationFlyweight;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The journal behind an {@link Instrument}. If that is the fault of the run it writes, once, something else than it was
 * given: whole frames, with checksum and sequence, that can be replayed. The library cannot notice; the oracle must.
 *
 * <p>Written by one thread at a time, as every journal.
 */
final class InstrumentedJournal implements Journal {
    private static final int WRITES_BEFORE_THE_FAULT = 8;

    private final Instrument instrument;
    private final Journal mapped;
    private final Fault fault;
    private final FrameCodec codec = new FrameCodec();
    private final OperationFlyweight operation = new OperationFlyweight();
    private UnsafeBuffer last;
    private int lastPosition;
    private int writes;
    private boolean done;

    InstrumentedJournal(final Instrument instrument, final Journal mapped, final Fault fault) {
        this.instrument = instrument;
        this.mapped = mapped;
        this.fault = fault;
        done = fault != Fault.LOST && fault != Fault.DUPLICATED && fault != Fault.REORDERED;
    }

    @Override
    public int capacity() {
        return mapped.capacity();
    }

    @Override
    public void prepare() {
        mapped.prepare();
    }

    @Override
    public synchronized void write(final int position, final DirectBuffer source, final int offset, final int length) {
        instrument.journalWrite(false);
        mapped.write(position, source, offset, length);
        if (!done) {
            disturb(position, source, offset, length);
        }
        instrument.journalWrite(true);
    }

    private void disturb(final int position, final DirectBuffer source, final int offset, final int length) {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[length]);
        frame.putBytes(0, source, offset, length);
        if (++writes > WRITES_BEFORE_THE_FAULT && isResolution(frame)) {
            if (fault == Fault.LOST) {
                rename(frame);
                mapped.write(position, frame, 0, length);
                done = true;
            } else if (last != null && lastPosition + last.capacity() == position && isLike(last, frame)) {
                exchange(position, frame);
                done = true;
            }
        }
        last = frame;
        lastPosition = position;
    }

    /** Operations that are alike can stand for each other: neither changes the length of the table. */
    private boolean isLike(final UnsafeBuffer one, final UnsafeBuffer other) {
        return isResolution(one)
                && one.capacity() == other.capacity()
                && tableLength(one) == tableLength(other)
                && Frame.sequence(one, 0) + 1 == Frame.sequence(other, 0);
    }

    private boolean isResolution(final UnsafeBuffer frame) {
        return wrap(frame).kind() == OperationFlyweight.RESOLVE_FUNCTION;
    }

    private int tableLength(final UnsafeBuffer frame) {
        return wrap(frame).tableLengthAfter();
    }

    private OperationFlyweight wrap(final UnsafeBuffer frame) {
        return operation.wrap(Frame.sequence(frame, 0), frame, Frame.HEADER_LENGTH, Frame.payloadLength(frame, 0));
    }

    /** Another last letter of the name: an operation that nobody has asked for. */
    private void rename(final UnsafeBuffer frame) {
        final int at = Frame.length(frame, 0) - 1;
        frame.putByte(at, (byte) (frame.getByte(at) == '0' ? '1' : '0'));
        codec.encode(frame, 0, Frame.sequence(frame, 0), Frame.payloadLength(frame, 0));
    }

    /** The one before in this one's place; and, if the order is the fault, this one in its place. */
    private void exchange(final int position, final UnsafeBuffer frame) {
        final UnsafeBuffer before = new UnsafeBuffer(last.byteArray().clone());
        codec.encode(before, 0, Frame.sequence(frame, 0), Frame.payloadLength(before, 0));
        mapped.write(position, before, 0, before.capacity());
        if (fault == Fault.REORDERED) {
            final UnsafeBuffer after = new UnsafeBuffer(frame.byteArray().clone());
            codec.encode(after, 0, Frame.sequence(last, 0), Frame.payloadLength(after, 0));
            mapped.write(lastPosition, after, 0, after.capacity());
        }
    }

    @Override
    public void read(final int position, final MutableDirectBuffer into, final int offset, final int length) {
        mapped.read(position, into, offset, length);
    }

    @Override
    public String name() {
        return mapped.name();
    }

    @Override
    public void close() {
        mapped.close();
    }
}
