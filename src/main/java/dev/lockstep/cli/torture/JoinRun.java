package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.linker.DlOperation;
import dev.lockstep.linker.FunctionTable;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.Universe;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A worker's part in a round of joins: groups that come and go while another one makes operations, a thousand at most. Each
 * that comes replays what there is and compares its table with the linker state's.
 */
final class JoinRun {
    private static final long OPERATIONS = 1_000;
    private static final long PAUSE_NANOS = 100_000;

    private final JoinPlan plan;
    private final Universe universe;
    private final Board board;

    private JoinRun(final JoinPlan plan, final Universe universe, final Board board) {
        this.plan = plan;
        this.universe = universe;
        this.board = board;
    }

    /** Takes part, and tells the launcher when the round's joins have been made. */
    static void run(final LauncherLink link, final JoinPlan plan) throws Exception {
        final AtomicReference<Throwable> failed = new AtomicReference<>();
        long committed;
        try (Board board = Board.open(plan.round());
                Universe universe = Universe.open(Layouts.forJoins(plan.round()))) {
            final JoinRun run = new JoinRun(plan, universe, board);
            final List<Thread> threads = new ArrayList<>();
            if (plan.operates()) {
                threads.add(start(run::operate, failed));
            }
            for (int i = 0; i < plan.groups(); i++) {
                threads.add(start(run::comeAndGo, failed));
            }
            for (final Thread thread : threads) {
                thread.join();
            }
            committed = universe.committedSequence();
        }
        if (failed.get() != null) {
            throw new IllegalStateException("a group failed", failed.get());
        }
        link.say("joined", committed);
    }

    private static Thread start(final Runnable task, final AtomicReference<Throwable> failed) {
        final Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (final Throwable failure) {
                failed.compareAndSet(null, failure);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private boolean isOver() {
        return board.joins() >= plan.joins();
    }

    private void operate() {
        final FunctionTable table = new FunctionTable();
        final InstanceGroup group =
                universe.bootstrap(table, state -> new DlOperation.AllocateFunctionTable(state.growTable(1), 1));
        final long joinsPerOperation = Math.max(1, plan.joins() / OPERATIONS);
        long operations = 1;
        while (!isOver()) {
            if (operations < OPERATIONS && board.joins() >= operations * joinsPerOperation) {
                try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                    final int slot = state.growTable(1);
                    group.synchronizeLinkOperation(state, new DlOperation.AllocateFunctionTable(slot, 1));
                }
                operations++;
            } else {
                group.cooperate();
            }
        }
        group.shutdownInstanceGroup();
    }

    private void comeAndGo() {
        while (!universe.isBootstrapped()) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        while (!isOver()) {
            final FunctionTable table = new FunctionTable();
            final InstanceGroup group = universe.joinInstanceGroup(table);
            board.joined();
            group.doPendingLinkOperations(true);
            if (table.operations() != group.appliedSequence() || table.tableLength() != group.appliedSequence()) {
                throw new IllegalStateException("replica is not what it should be: applied=" + group.appliedSequence()
                        + " operations=" + table.operations() + " length=" + table.tableLength());
            }
            group.shutdownInstanceGroup();
            board.left();
        }
    }
}
