package dev.lockstep.linker;

import dev.lockstep.linker.table.LinkerTables;
import dev.lockstep.linker.table.ModuleEntry;

/** What readers and writers share: the tables, as a {@link LinkerStateView}. */
abstract class TablesView implements LinkerStateView {
    private final LinkerTables tables;
    private final ModuleEntry entry = new ModuleEntry();

    TablesView(final LinkerTables tables) {
        this.tables = tables;
    }

    /** Refuses if the view may not be looked at now. */
    abstract void requireOpen();

    LinkerTables tables() {
        requireOpen();
        return tables;
    }

    @Override
    public int tableLength() {
        return tables().tableLength();
    }

    @Override
    public long memoryEnd() {
        return tables().memoryEnd();
    }

    @Override
    public int nextHandle() {
        return tables().nextHandle();
    }

    @Override
    public int findModule(final String name) {
        return tables().findModule(name);
    }

    @Override
    public ModuleRecord module(final int handle) {
        if (!tables().module(handle, entry)) {
            return null;
        }
        final byte[] hash = new byte[ModuleRecord.HASH_LENGTH];
        entry.copyContentHash(hash, 0);
        return new ModuleRecord(
                handle,
                entry.name(),
                entry.path(),
                hash,
                entry.memoryBase(),
                entry.memorySize(),
                entry.tableBase(),
                entry.tableSize(),
                entry.flags());
    }

    @Override
    public boolean isRetired(final int handle) {
        return tables().isRetired(handle);
    }

    @Override
    public int moduleReferences(final int handle) {
        return tables().moduleReferences(handle);
    }

    @Override
    public int findSymbol(final int resolvedFrom, final String name) {
        return tables().findSymbol(resolvedFrom, name);
    }

    @Override
    public boolean isClosure(final int functionTableIndex) {
        return tables().isClosure(functionTableIndex);
    }
}
