package dev.lockstep.cli.bench;

import java.io.IOException;
import java.util.List;

/** A lock: by one process, with the other there and not asking, and by both. */
final class LockContestant implements Contestant {
    private final SharedLock lock;
    private final List<Part> parts;

    private LockContestant(final Contest.Ground ground, final SharedLock lock) {
        this.lock = lock;
        parts = List.of(new UncontendedPart(lock), new ContendedPart(ground, lock));
    }

    static Contestant of(final Contest.Ground ground, final SharedLock lock) {
        return new LockContestant(ground, lock);
    }

    @Override
    public List<Part> parts() {
        return parts;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
