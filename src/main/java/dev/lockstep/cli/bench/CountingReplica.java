package dev.lockstep.cli.bench;

import dev.lockstep.linker.OperationFlyweight;
import dev.lockstep.linker.Replica;

/** A replica whose table takes no memory: what an operation costs with it is the protocol's. */
final class CountingReplica implements Replica {
    private int length;

    @Override
    public void apply(final OperationFlyweight operation) {
        length = operation.tableLengthAfter();
    }

    @Override
    public int tableLength() {
        return length;
    }
}
