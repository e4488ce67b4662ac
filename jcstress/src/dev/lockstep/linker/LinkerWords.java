package dev.lockstep.linker;

import dev.lockstep.lock.Waker;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.stress.StressMemory;

/** All that two groups share, as small as it can be. */
abstract class LinkerWords {
    static final Layout LAYOUT = new Layout(new Capacities(1, 2, 1, 1, 1 << 10, 1, 1, 0, 4096, 4096, 4096));

    /** Plain word that stands for guest memory: in the padding of the header's page, which nobody else touches. */
    static final int GUEST = 2048;

    final SharedBuffer buffer = StressMemory.allocate(LAYOUT.fileLength());
    final LinkerShared shared = new LinkerShared(
            buffer,
            LAYOUT,
            new HeapJournal(LAYOUT.capacities().journalBytes()),
            Waker.NONE,
            System::nanoTime,
            Integer.MAX_VALUE,
            false);
}
