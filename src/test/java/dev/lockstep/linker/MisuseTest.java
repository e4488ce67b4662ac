package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.UniverseConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What is used wrongly is refused at once, says why, and changes nothing. */
class MisuseTest {
    @TempDir
    private Path directory;

    private Universe universe;
    private FunctionTable table;
    private InstanceGroup group;

    @BeforeEach
    void open() throws Exception {
        universe = Universe.open(config("u"));
        table = new FunctionTable();
        group = universe.bootstrap(table, MisuseTest::loadMain);
    }

    @AfterEach
    void close() {
        if (!group.isDead()) {
            group.shutdownInstanceGroup();
        }
        universe.close();
    }

    private UniverseConfig config(final String name) {
        return UniverseConfig.at(directory.resolve(name)).withCapacities(Cast.CAPACITIES);
    }

    private static DlOperation loadMain(final LinkerStateWriter state) {
        final int base = state.growTable(10);
        return new DlOperation.LoadModules(
                List.of(state.registerModule("main", "", new byte[ModuleRecord.HASH_LENGTH], 0, 0, base, 10, 0)));
    }

    private static <T extends Throwable> void assertRefused(
            final Class<T> type, final String why, final Executable misuse) {
        final T refusal = assertThrows(type, misuse);
        assertTrue(refusal.getMessage().contains(why), refusal::toString);
    }

    private static void assertRefusedOnOtherThread(final String why, final Runnable misuse) {
        final Executor thread = task -> new Thread(task).start();
        final Throwable refusal = assertThrows(
                        CompletionException.class,
                        () -> CompletableFuture.runAsync(misuse, thread).join())
                .getCause();
        assertTrue(refusal instanceof IllegalStateException, refusal::toString);
        assertTrue(refusal.getMessage().contains(why), refusal::toString);
    }

    @Test
    void shouldRefuseBatchesThatCannotBe() {
        final DlOperation.AllocateFunctionTable one = new DlOperation.AllocateFunctionTable(10, 1);
        try (LinkerStateWriter state = group.writeLinkerState()) {
            assertRefused(LockOrderException.class, "without the topology lease", () -> state.enqueue(one));
        }
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            assertRefused(IllegalStateException.class, "nothing is enqueued", () -> group.synchronizeEnqueued(state));
            assertRefused(NullPointerException.class, "operation", () -> state.enqueue(null));
            state.growTable(1);
            state.enqueue(one);
            assertRefused(IllegalStateException.class, "operations are enqueued", state::commit);
            state.enqueue(new DlOperation.RetireModule(1));
            assertRefused(IllegalStateException.class, "takes away or replaces", () -> group.addEnqueued(state));
            assertRefused(
                    IllegalStateException.class, "takes away or replaces", () -> group.addLinkOperation(state, one));
            assertEquals(2, state.enqueued());
        }
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            state.enqueue(new DlOperation.PrepareClosure(1, 1, 0, "v"));
            assertRefused(IllegalStateException.class, "takes away or replaces", () -> group.addEnqueued(state));
        }
        assertEquals(1, universe.committedSequence());
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            int fits = 0;
            try {
                while (true) {
                    state.enqueueAllocateFunctionTable(state.growTable(1), 1);
                    fits++;
                }
            } catch (final CapacityExceededException full) {
                assertTrue(full.getMessage().contains("journalBytes"), full::toString);
            }
            assertEquals(fits, state.enqueued());
        }
        assertEquals(10, table.tableLength());
        assertNothingIsHeld();
    }

    /** Everything can be taken, used and given back. */
    private void assertNothingIsHeld() {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int base = state.growTable(1);
            group.synchronizeLinkOperation(state, new DlOperation.AllocateFunctionTable(base, 1));
        }
        assertEquals(table.tableLength(), group.<Integer>readOptimistically(LinkerStateView::tableLength));
        group.enterSafeRegion();
        group.exitSafeRegion();
    }

    // ---- tokens ----------------------------------------------------------------------------------------------------

    @Test
    void shouldRefuseToCloseTokenTwice() {
        final TopologyToken token = group.acquireTopologyToken();
        token.close();
        assertRefused(IllegalStateException.class, "not held", token::close);
        assertNothingIsHeld();
    }

    @Test
    void shouldNotFreeLaterLeaseByOldToken() {
        final TopologyToken old = group.acquireTopologyToken();
        old.close();
        final TopologyToken current = group.acquireTopologyToken();
        assertRefused(IllegalStateException.class, "not held", old::close);
        assertRefused(IllegalStateException.class, "not held", old::offer);
        assertRefused(IllegalStateException.class, "not offered", old::revoke);
        assertRefused(
                IllegalStateException.class,
                "not held",
                () -> group.writeLinkerStateHoldingTopology(old).close());
        assertRefused(IllegalStateException.class, "not held", () -> group.releaseTopology(old.number() + 1));
        current.close();
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseTokenAfterItWasOfferedUntilItIsRevoked() {
        final TopologyToken token = group.acquireTopologyToken();
        token.offer();
        assertRefused(IllegalStateException.class, "not held", token::offer);
        assertRefused(
                IllegalStateException.class,
                "not held",
                () -> group.writeLinkerStateHoldingTopology(token).close());
        assertTrue(token.revoke());
        assertRefused(IllegalStateException.class, "not offered", token::revoke);
        group.writeLinkerStateHoldingTopology(token).close();
        token.close();
        assertNothingIsHeld();
    }

    @Test
    void shouldGiveLeaseToOffererWhoClaimsHisOwnOffer() {
        final TopologyToken token = group.acquireTopologyToken();
        final TopologyToken claimed = group.claimTopologyToken(token.offer());
        assertEquals(token.number(), claimed.number());
        claimed.close();
        group.tryAcquireTopologyToken().close();
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseTicketsOfAnotherUniverseAndWhatIsNone() throws Exception {
        try (Universe other = Universe.open(config("other"))) {
            group.enterSafeRegion();
            final InstanceGroup stranger = other.bootstrap(new FunctionTable(), state -> null);
            final String foreign = stranger.acquireTopologyToken().offer();
            stranger.enterSafeRegion();
            group.exitSafeRegion();
            assertRefused(IllegalArgumentException.class, "another universe", () -> group.claimTopologyToken(foreign));
            assertRefused(
                    IllegalArgumentException.class,
                    "another universe",
                    () -> universe.createInstanceGroup(foreign, new FunctionTable()));
        }
        final String id = universe.id();
        for (final String text : List.of(
                "",
                "lockstep-claim",
                "lockstep-claim:" + id,
                "lockstep-claim:" + id + ":0",
                "lockstep-claim:" + id + ":0:",
                "lockstep-claim:" + id + ":-1:5",
                "lockstep-claim:" + id + ":0:5 ",
                "lockstep-claim:" + id + ":00000:5",
                "lockstep-claim:" + id + ":0:99999999999999999999",
                "lockstep-claim:" + id + ":٠:5",
                "Lockstep-claim:" + id + ":0:5")) {
            assertRefused(IllegalArgumentException.class, "not a claim ticket", () -> group.claimTopologyToken(text));
            assertRefused(
                    IllegalArgumentException.class,
                    "not a claim ticket",
                    () -> universe.createInstanceGroup(text, new FunctionTable()));
        }
        for (final String ticket : List.of(
                "lockstep-claim:" + id + ":0:0",
                "lockstep-claim:" + id + ":0:1",
                "lockstep-claim:" + id + ":9999:1",
                "lockstep-claim:" + id + ":0:9999999999999999")) {
            assertRefused(IllegalStateException.class, "no longer valid", () -> group.claimTopologyToken(ticket));
        }
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseAnotherGroupsToken() throws Exception {
        try (GroupThread other = new GroupThread("other", universe, text -> {})) {
            group.enterSafeRegion();
            other.submit("join").get();
            group.exitSafeRegion();
            final TopologyToken token = group.acquireTopologyToken();
            final Outcome refusal = other.submit(() -> assertThrows(
                            IllegalStateException.class, () -> other.group().writeLinkerStateHoldingTopology(token)))
                    .thenApply(Outcome::of)
                    .get();
            assertTrue(refusal.text().contains("not held by this group"), refusal::toString);
            token.close();
            other.end();
            while (!other.group().isDead()) {
                group.cooperate();
            }
        }
        assertNothingIsHeld();
    }

    // ---- readers and writers ---------------------------------------------------------------------------------------

    @Test
    void shouldRefuseReaderAndWriterAfterClose() {
        final LinkerStateReader reader = group.readLinkerState();
        reader.close();
        assertRefused(IllegalStateException.class, "reader was closed", reader::tableLength);
        assertRefused(IllegalStateException.class, "reader was closed", reader::close);
        final LinkerStateWriter writer = group.writeLinkerStateWithTopology();
        writer.close();
        assertRefused(IllegalStateException.class, "writer was closed", writer::tableLength);
        assertRefused(IllegalStateException.class, "writer was closed", () -> writer.growTable(1));
        assertRefused(IllegalStateException.class, "writer was closed", writer::commit);
        assertRefused(IllegalStateException.class, "writer was closed", writer::close);
        assertRefused(
                IllegalStateException.class,
                "writer is not held",
                () -> group.synchronizeLinkOperation(writer, new DlOperation.AllocateFunctionTable(10, 1)));
        assertNothingIsHeld();
    }

    @Test
    void shouldForgetWhatWasNotCommitted() {
        try (LinkerStateWriter writer = group.writeLinkerState()) {
            writer.growTable(5);
            assertEquals(15, writer.tableLength(), "a writer sees its own changes");
        }
        try (LinkerStateReader reader = group.readLinkerState()) {
            assertEquals(10, reader.tableLength());
        }
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseLeaseWhileLinkerStateIsHeld() {
        final List<Executable> asking = List.of(
                () -> group.acquireTopologyToken(),
                () -> group.tryAcquireTopologyToken(),
                () -> group.acquireTopology(),
                () -> group.prepareForInstanceGroup(),
                () -> group.writeLinkerStateWithTopology(),
                () -> group.claimTopologyToken("lockstep-claim:" + universe.id() + ":0:1"));
        try (LinkerStateReader reader = group.readLinkerState()) {
            asking.forEach(ask -> assertRefused(LockOrderException.class, "while linker state is held", ask));
            assertEquals(10, reader.tableLength());
        }
        try (LinkerStateWriter writer = group.writeLinkerState()) {
            asking.forEach(ask -> assertRefused(LockOrderException.class, "while linker state is held", ask));
            assertEquals(10, writer.tableLength());
        }
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseLeaseAndLinkerStateTwice() {
        final List<Executable> asking = List.of(
                () -> group.readLinkerState(),
                () -> group.tryRead(),
                () -> group.writeLinkerState(),
                () -> group.tryWrite(),
                () -> group.readOptimistically(LinkerStateView::tableLength));
        try (LinkerStateReader reader = group.readLinkerState()) {
            asking.forEach(ask -> assertRefused(LockOrderException.class, "while it is held", ask));
            assertEquals(10, reader.tableLength());
        }
        try (LinkerStateWriter writer = group.tryWrite()) {
            asking.forEach(ask -> assertRefused(LockOrderException.class, "while it is held", ask));
            assertEquals(10, writer.tableLength());
        }
        final TopologyToken token = group.acquireTopologyToken();
        assertRefused(LockOrderException.class, "while it is held", () -> group.acquireTopologyToken());
        assertRefused(LockOrderException.class, "while it is held", () -> group.tryAcquireTopologyToken());
        assertRefused(LockOrderException.class, "while it is held", () -> group.writeLinkerStateWithTopology());
        token.close();
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseToGiveLeaseUpWhileLinkerStateIsHeldUnderIt() {
        final TopologyToken token = group.acquireTopologyToken();
        try (LinkerStateWriter writer = group.writeLinkerStateHoldingTopology(token)) {
            assertRefused(LockOrderException.class, "while linker state is held", token::close);
            assertRefused(LockOrderException.class, "while linker state is held", token::offer);
            assertEquals(10, writer.tableLength());
        }
        token.close();
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseBroadcastWithoutLease() {
        try (LinkerStateWriter writer = group.writeLinkerState()) {
            final int base = writer.growTable(1);
            assertRefused(
                    LockOrderException.class,
                    "without the topology lease",
                    () -> group.synchronizeLinkOperation(writer, new DlOperation.AllocateFunctionTable(base, 1)));
        }
        assertEquals(1, universe.committedSequence());
        assertEquals(10, table.tableLength());
        assertNothingIsHeld();
    }

    @Test
    void shouldReturnNullFromTriesThatFindItTaken() throws Exception {
        try (GroupThread other = new GroupThread("other", universe, text -> {})) {
            group.enterSafeRegion();
            other.submit("join").get();
            other.submit("write-with-topology").get();
            group.exitSafeRegion();
            assertNull(group.tryRead());
            assertNull(group.tryWrite());
            assertNull(group.tryAcquireTopologyToken());
            other.submit("unwrite").get();
            other.submit("read").get();
            assertNull(group.tryWrite());
            group.tryRead().close();
            other.submit("unread").get();
            group.tryWrite().close();
            group.enterSafeRegion();
        }
        group.exitSafeRegion();
    }

    // ---- threads ---------------------------------------------------------------------------------------------------

    @Test
    void shouldRefuseOtherThreads() {
        final String why = "bound to another thread";
        final List<Runnable> calls = List.of(
                () -> group.doPendingLinkOperations(false),
                () -> group.enterSafeRegion(),
                () -> group.exitSafeRegion(),
                () -> group.acquireTopologyToken(),
                () -> group.tryAcquireTopologyToken(),
                () -> group.readLinkerState(),
                () -> group.tryWrite(),
                () -> group.readOptimistically(LinkerStateView::tableLength),
                () -> group.tryOptimisticRead(),
                () -> group.allocateClosureIndex(),
                () -> group.moduleState(1),
                () -> group.acquireMutex(0),
                () -> group.abort(100),
                () -> group.cooperate(),
                () -> group.shutdownInstanceGroup());
        calls.forEach(call -> assertRefusedOnOtherThread(why, call));
        assertFalse(group.isDead());
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseWhatIsHeldOnOtherThreads() {
        final String why = "bound to another thread";
        final TopologyToken token = group.acquireTopologyToken();
        assertRefusedOnOtherThread(why, token::close);
        assertRefusedOnOtherThread(why, token::offer);
        token.close();
        final PreparedInstanceGroup prepared = group.prepareForInstanceGroup();
        assertRefusedOnOtherThread(why, prepared::cancel);
        assertTrue(prepared.cancel());
        try (LinkerStateReader reader = group.readLinkerState()) {
            assertRefusedOnOtherThread(why, reader::close);
            assertRefusedOnOtherThread(why, reader::tableLength);
        }
        try (LinkerStateWriter writer = group.writeLinkerState()) {
            assertRefusedOnOtherThread(why, writer::close);
            assertRefusedOnOtherThread(why, writer::commit);
            assertRefusedOnOtherThread(why, () -> writer.growTable(1));
        }
        final long grant = group.acquireMutex(0);
        assertRefusedOnOtherThread(why, () -> group.releaseMutex(0, grant));
        group.releaseMutex(0, grant);
        assertNothingIsHeld();
    }

    // ---- safe regions ----------------------------------------------------------------------------------------------

    @Test
    void shouldRefuseWhatNeedsARunningGroupInSafeRegion() {
        group.enterSafeRegion();
        final String why = "in a safe region";
        final List<Executable> calls = List.of(
                () -> group.enterSafeRegion(),
                () -> group.doPendingLinkOperations(false),
                () -> group.cooperate(),
                () -> group.acquireTopologyToken(),
                () -> group.tryAcquireTopologyToken(),
                () -> group.readLinkerState(),
                () -> group.tryRead(),
                () -> group.writeLinkerState(),
                () -> group.readOptimistically(LinkerStateView::tableLength),
                () -> group.allocateClosureIndex(),
                () -> group.acquireMutex(0),
                () -> group.awaitModule(1));
        calls.forEach(call -> assertRefused(IllegalStateException.class, why, call));
        group.exitSafeRegion();
        assertRefused(IllegalStateException.class, "not in a safe region", () -> group.exitSafeRegion());
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseSafeRegionWhileLinkerStateIsHeld() {
        try (LinkerStateReader reader = group.readLinkerState()) {
            assertRefused(LockOrderException.class, "while linker state is held", group::enterSafeRegion);
            assertEquals(10, reader.tableLength());
        }
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseSecondRunningGroupOnOneThread() {
        final String why = "another group of this thread is running";
        assertRefused(IllegalStateException.class, why, () -> universe.joinInstanceGroup(new FunctionTable()));
        final String ticket = group.prepareForInstanceGroup().claimTicket();
        assertRefused(
                IllegalStateException.class, why, () -> universe.createInstanceGroup(ticket, new FunctionTable()));
        group.enterSafeRegion();
        final InstanceGroup second = universe.createInstanceGroup(ticket, new FunctionTable());
        assertRefused(IllegalStateException.class, why, group::exitSafeRegion);
        assertTrue(group.isInSafeRegion());
        second.enterSafeRegion();
        group.exitSafeRegion();
        assertRefused(IllegalStateException.class, why, second::exitSafeRegion);
        assertEquals(2, group.participant().shared.slots.occupied(), "no slot was lost");
        second.shutdownInstanceGroup();
        assertNothingIsHeld();
    }

    @Test
    void shouldKeepLeaseInSafeRegion() {
        final TopologyToken token = group.acquireTopologyToken();
        group.enterSafeRegion();
        assertTrue(group.isInSafeRegion());
        group.exitSafeRegion();
        group.writeLinkerStateHoldingTopology(token).close();
        token.close();
        assertNothingIsHeld();
    }

    // ---- ends ------------------------------------------------------------------------------------------------------

    @Test
    void shouldRefuseToShutDownWhileHolding() {
        final TopologyToken token = group.acquireTopologyToken();
        assertRefused(LockOrderException.class, "holds a lock", group::shutdownInstanceGroup);
        token.close();
        try (LinkerStateReader reader = group.readLinkerState()) {
            assertRefused(LockOrderException.class, "holds a lock", group::shutdownInstanceGroup);
            assertEquals(10, reader.tableLength());
        }
        assertFalse(group.isDead());
        assertNothingIsHeld();
        group.shutdownInstanceGroup();
        group.shutdownInstanceGroup();
        assertTrue(group.isDead());
    }

    @Test
    void shouldAnswerThatDeadGroupIsDead() {
        final TopologyToken token = group.acquireTopologyToken();
        token.close();
        final LinkerStateReader reader = group.readLinkerState();
        reader.close();
        final LinkerStateWriter writer = group.writeLinkerState();
        writer.close();
        group.shutdownInstanceGroup();
        final List<Executable> calls = List.of(
                () -> group.doPendingLinkOperations(true),
                () -> group.doPendingLinkOperations(false),
                () -> group.cooperate(),
                () -> group.enterSafeRegion(),
                () -> group.exitSafeRegion(),
                () -> group.acquireTopologyToken(),
                () -> group.tryAcquireTopologyToken(),
                () -> group.acquireTopology(),
                () -> group.releaseTopology(1),
                () -> group.claimTopologyToken("lockstep-claim:" + universe.id() + ":0:1"),
                () -> group.prepareForInstanceGroup(),
                () -> group.readLinkerState(),
                () -> group.tryRead(),
                () -> group.writeLinkerState(),
                () -> group.tryWrite(),
                () -> group.writeLinkerStateWithTopology(),
                () -> group.writeLinkerStateHoldingTopology(token),
                () -> group.readOptimistically(LinkerStateView::tableLength),
                () -> group.tryOptimisticRead(),
                () -> group.validate(0),
                () -> group.optimisticView().tableLength(),
                () -> group.synchronizeLinkOperation(writer, new DlOperation.AllocateFunctionTable(1, 1)),
                () -> group.synchronizeAllocateFunctionTable(writer, 1, 1),
                () -> group.addLinkOperation(writer, new DlOperation.AllocateFunctionTable(1, 1)),
                () -> group.addAllocateFunctionTable(writer, 1, 1),
                () -> group.abort(100),
                () -> group.allocateClosureIndex(),
                () -> group.freeClosureIndex(1),
                () -> group.isClosure(1),
                () -> group.moduleState(1),
                () -> group.moduleOwner(1),
                () -> group.claimModuleData(1),
                () -> group.advanceModuleState(1, ModuleState.DATA, ModuleState.CTORS),
                () -> group.awaitModule(1),
                () -> group.acquireMutex(0),
                () -> group.tryAcquireMutex(0),
                () -> group.releaseMutex(0, 1),
                token::offer,
                token::revoke,
                reader::tableLength,
                writer::tableLength,
                writer::commit);
        for (final Executable call : calls) {
            assertRefused(InstanceGroupDeadException.class, "instance group is dead", call);
        }
        assertEquals(0, group.slot());
        assertEquals(1, group.appliedSequence());
    }

    @Test
    void shouldRefuseAbortCodesThatAreNotTheEmbedders() {
        for (final int code : new int[] {Integer.MIN_VALUE, -1, 0, 1, 15, 4096, Integer.MAX_VALUE}) {
            assertRefused(IllegalArgumentException.class, "code=" + code, () -> group.abort(code));
        }
        assertNothingIsHeld();
    }

    @Test
    void shouldRefuseMutexesThatAreNot() {
        for (final int mutex : new int[] {-1, 2, Integer.MAX_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> group.acquireMutex(mutex));
            assertThrows(IllegalArgumentException.class, () -> group.tryAcquireMutex(mutex));
        }
        final long grant = group.acquireMutex(1);
        assertEquals(0, group.tryAcquireMutex(1), "not reentrant");
        assertThrows(IllegalMonitorStateException.class, () -> group.releaseMutex(1, grant + 1));
        group.releaseMutex(1, grant);
        assertThrows(IllegalMonitorStateException.class, () -> group.releaseMutex(1, grant));
    }

    @Test
    void shouldRefuseReplicaThatCallsBackWhileItApplies() throws Exception {
        final List<Throwable> refusals = new ArrayList<>();
        final FunctionTable plain = new FunctionTable();
        final AtomicReference<InstanceGroup> follower = new AtomicReference<>();
        final Replica calling = new Replica() {
            @Override
            public void apply(final OperationFlyweight operation) {
                final InstanceGroup own = follower.get();
                if (own != null) {
                    final List<Executable> calls = List.of(
                            () -> own.doPendingLinkOperations(false),
                            () -> own.cooperate(),
                            () -> own.enterSafeRegion(),
                            () -> own.readLinkerState(),
                            () -> own.writeLinkerState(),
                            () -> own.acquireTopologyToken(),
                            () -> own.allocateClosureIndex(),
                            () -> own.shutdownInstanceGroup());
                    calls.forEach(call -> refusals.add(assertThrows(IllegalStateException.class, call)));
                }
                plain.apply(operation);
            }

            @Override
            public int tableLength() {
                return plain.tableLength();
            }
        };
        group.enterSafeRegion();
        final CompletableFuture<Void> done = CompletableFuture.runAsync(
                () -> {
                    follower.set(universe.joinInstanceGroup(calling));
                    while (follower.get().appliedSequence() < 2) {
                        follower.get().cooperate();
                    }
                    follower.get().shutdownInstanceGroup();
                },
                task -> new Thread(task, "follower").start());
        while (follower.get() == null && !done.isDone()) {
            Thread.onSpinWait();
        }
        group.exitSafeRegion();
        assertNothingIsHeld();
        while (!done.isDone()) {
            group.cooperate();
        }
        done.join();
        assertEquals(8, refusals.size());
        for (final Throwable refusal : refusals) {
            assertTrue(refusal.getMessage().contains("called back"), refusal::toString);
        }
        assertEquals(table.fingerprint(), plain.fingerprint());
    }
}
