package dev.lockstep.process;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.lockstep.region.BootId;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.stress.StressMemory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;

/**
 * Who is attached is read between two looks at the entry's state. Guards the store-store fence after FREE, the release
 * store of ATTACHED, the acquire of the state and the acquire fence before the second look. On x86 a compiler alone could
 * show their loss.
 */
@JCStressTest
@Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "nobody, or changing")
@Outcome(
        id = {"1, 1, 10", "2, 2, 20"},
        expect = ACCEPTABLE,
        desc = "one process")
@Outcome(expect = FORBIDDEN, desc = "words of two processes")
@State
public class ProcessEntryStress {
    private static final Layout LAYOUT = new Layout(new Capacities(1, 1, 1, 1, 1 << 10, 1, 1, 0, 4096, 4096, 4096));

    private final SharedBuffer buffer = StressMemory.allocate(LAYOUT.control());
    private final ProcessTable first = table(1);
    private final ProcessTable second = table(2);

    private ProcessTable table(final int pid) {
        return new ProcessTable(
                buffer,
                LAYOUT,
                new AlwaysFree(),
                new HostIdentity(pid, pid * 10L, 1, new BootId(0, 0)),
                (other, ticks) -> false,
                () -> 0,
                lost -> {});
    }

    private static final class AlwaysFree implements ByteLock {
        @Override
        public boolean tryAcquire(final int index) {
            return true;
        }

        @Override
        public void release(final int index) {}

        @Override
        public void close() {}
    }

    /** One after the other, as their byte would have it. */
    @Actor
    public void processes() {
        first.attach((index, generation) -> {});
        first.detach(0);
        second.attach((index, generation) -> {});
    }

    /** Looks. */
    @Actor
    public void other(final JJJ_Result r) {
        final ProcessInfo process = second.process(0);
        if (process != null) {
            r.r1 = process.generation();
            r.r2 = process.pid();
            r.r3 = process.startTicks();
        }
    }
}
