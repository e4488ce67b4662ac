package dev.lockstep.process;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Byte locks of several processes, and which of these run, as the kernel keeps them. For one thread. */
final class KernelModel implements ProcessProbe {
    private final Map<Integer, Long> owners = new HashMap<>();
    private final Map<Long, Long> running = new HashMap<>();
    private Runnable beforeNextAcquire = () -> {};

    /** Starts a process. {@return its byte lock} */
    ByteLock start(final long pid, final long startTicks) {
        running.put(pid, startTicks);
        return new ByteLock() {
            @Override
            public boolean tryAcquire(final int index) {
                final Runnable before = beforeNextAcquire;
                beforeNextAcquire = () -> {};
                before.run();
                return owners.putIfAbsent(index, pid) == null;
            }

            @Override
            public void release(final int index) {
                if (!owners.remove(index, pid)) {
                    throw new IllegalStateException("byte is not held: index=" + index);
                }
            }

            @Override
            public void close() {
                loseLocks(pid);
            }
        };
    }

    /** What others do just before the next lock call. */
    void beforeNextAcquire(final Runnable action) {
        beforeNextAcquire = action;
    }

    /** The process ends: first its locks go, then it is not shown any more. */
    void kill(final long pid) {
        loseLocks(pid);
        running.remove(pid);
    }

    void loseLocks(final long pid) {
        owners.values().removeIf(owner -> owner == pid);
    }

    Set<Integer> bytesOf(final long pid) {
        final Set<Integer> bytes = new TreeSet<>();
        owners.forEach((index, owner) -> {
            if (owner == pid) {
                bytes.add(index);
            }
        });
        return bytes;
    }

    @Override
    public boolean isRunning(final long pid, final long startTicks) {
        return running.getOrDefault(pid, -1L) == startTicks;
    }
}
