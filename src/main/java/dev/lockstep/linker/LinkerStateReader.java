package dev.lockstep.linker;

import dev.lockstep.linker.table.LinkerTables;

/**
 * The linker state, held for reading. Closing gives it back; there is one reader a group, and a closed one refuses.
 *
 * <p>While it is held nobody writes, so no operation can be broadcast: be brief, and call nothing that waits.
 */
public final class LinkerStateReader extends TablesView implements AutoCloseable {
    private final InstanceGroup group;
    private final boolean optimistic;
    private boolean open;

    LinkerStateReader(final InstanceGroup group, final LinkerShared shared, final boolean optimistic) {
        super(new LinkerTables(shared.buffer, shared.layout));
        this.group = group;
        this.optimistic = optimistic;
    }

    LinkerStateReader open() {
        open = true;
        return this;
    }

    @Override
    void requireOpen() {
        if (optimistic) {
            group.requireAlive();
            return;
        }
        group.requireUsable();
        if (!open) {
            throw new IllegalStateException(
                    "linker state is not held for reading: group=" + group.slot() + ", the reader was closed");
        }
    }

    /**
     * Gives the linker state back.
     *
     * @throws IllegalStateException if the reader was closed before.
     */
    @Override
    public void close() {
        if (group.isDead()) {
            return;
        }
        requireOpen();
        open = false;
        group.closeReader();
    }
}
