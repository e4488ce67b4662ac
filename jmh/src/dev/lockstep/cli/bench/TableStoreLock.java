package dev.lockstep.cli.bench;

import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.queue.impl.TableStore;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import net.openhft.chronicle.queue.impl.table.Metadata;
import net.openhft.chronicle.queue.impl.table.SingleTableBuilder;
import net.openhft.chronicle.threads.Pauser;

/** The lock by which Chronicle Queue's appenders keep each other out: a value of its table store, by compare-and-set. */
final class TableStoreLock implements SharedLock {
    private static final long TIMEOUT_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final TableStore<Metadata.NoMeta> store;
    private final TableStoreWriteLock lock;

    private TableStoreLock(final TableStore<Metadata.NoMeta> store) {
        this.store = store;
        lock = new TableStoreWriteLock(store, Pauser::timedBusy, TIMEOUT_MILLIS);
    }

    static SharedLock open(final Contest.Ground ground) {
        return new TableStoreLock(SingleTableBuilder.<Metadata.NoMeta>binary(
                        ground.directory().resolve("metadata.cq4t"), Metadata.NoMeta.INSTANCE)
                .build());
    }

    @Override
    public void take() {
        lock.lock();
    }

    @Override
    public void give() {
        lock.unlock();
    }

    @Override
    public void close() {
        lock.close();
        store.close();
    }
}
