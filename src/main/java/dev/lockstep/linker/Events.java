package dev.lockstep.linker;

import dev.lockstep.process.LostLockListener;
import dev.lockstep.process.ProcessInfo;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** What the listener is to be told, by the monitor at its next look. Thread-safe. */
final class Events implements LostLockListener {
    private final Queue<Consumer<UniverseListener>> pending = new ConcurrentLinkedQueue<>();

    void tell(final Consumer<UniverseListener> event) {
        pending.add(event);
    }

    /** {@return the next event, or null} */
    Consumer<UniverseListener> poll() {
        return pending.poll();
    }

    @Override
    public void lockLost(final ProcessInfo process) {
        tell(told -> told.processLockLost(process));
    }
}
