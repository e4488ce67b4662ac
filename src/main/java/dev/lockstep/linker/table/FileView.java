package dev.lockstep.linker.table;

import dev.lockstep.region.SharedBuffer;

/** The tables as they are in the file. */
final class FileView implements TableView {
    private final SharedBuffer buffer;

    FileView(final SharedBuffer buffer) {
        this.buffer = buffer;
    }

    @Override
    public long getLong(final int offset) {
        return buffer.getLong(offset);
    }
}
