package dev.lockstep.linker;

import dev.lockstep.process.ProcessInfo;
import dev.lockstep.process.ProcessTable;
import dev.lockstep.process.Reaper;
import java.util.concurrent.atomic.AtomicBoolean;

/** Finds the dead and reaps them; one thread of this JVM at a time, the others go on waiting. For an attached process. */
final class DeathSearch implements Runnable, Reaper {
    private final ProcessTable processes;
    private final dev.lockstep.linker.Reaper reaper;
    private final WordChecks wordChecks;
    private final Events events;
    private final AtomicBoolean searching = new AtomicBoolean();

    DeathSearch(final LinkerShared shared, final ProcessTable processes, final Events events) {
        this.processes = processes;
        this.events = events;
        reaper = new dev.lockstep.linker.Reaper(shared);
        wordChecks = new WordChecks(shared, processes);
    }

    @Override
    public void run() {
        if (searching.compareAndSet(false, true)) {
            try {
                final int self = processes.ownIndex();
                for (int index = 0; index < processes.capacity(); index++) {
                    if (index != self && processes.isAttached(index)) {
                        processes.reapIfDead(index, this);
                    }
                }
                wordChecks.check();
            } finally {
                searching.set(false);
            }
        }
    }

    @Override
    public void reap(final int dead, final long generation) {
        final ProcessInfo entry = processes.process(dead);
        reaper.reapProcess(dead);
        if (entry != null) {
            events.tell(told -> told.processReaped(entry));
        }
    }
}
