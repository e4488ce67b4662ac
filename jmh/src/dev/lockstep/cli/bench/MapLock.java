package dev.lockstep.cli.bench;

import java.io.IOException;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ExternalMapQueryContext;

/** The write lock of one entry's segment in a Chronicle Map that both processes have open. */
final class MapLock implements SharedLock {
    private static final int ENTRIES = 16;

    private final ChronicleMap<Long, Long> map;
    private final Long key = 1L;
    private ExternalMapQueryContext<Long, Long, ?> held;

    private MapLock(final ChronicleMap<Long, Long> map) {
        this.map = map;
    }

    static SharedLock open(final Contest.Ground ground) throws IOException {
        return new MapLock(ChronicleMap.of(Long.class, Long.class)
                .name("locks")
                .entries(ENTRIES)
                .createPersistedTo(ground.directory().resolve("map.dat").toFile()));
    }

    @Override
    public void take() {
        held = map.queryContext(key);
        held.writeLock().lock();
    }

    @Override
    public void give() {
        held.close();
    }

    @Override
    public void close() {
        map.close();
    }
}
