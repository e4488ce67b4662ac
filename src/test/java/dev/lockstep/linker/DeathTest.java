package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Answer;
import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import dev.lockstep.region.ConstructorPolicy;
import dev.lockstep.region.UniverseConfig;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The other JVM is killed (SIGKILL) at a chosen place; the groups of this one go on. */
class DeathTest {
    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast() {
        return new Cast(Spread.TWO_JVMS, directory.resolve("u"), WORKER);
    }

    /** Nothing is left of the dead, and operations go on. */
    private static void assertGoesOn(final Cast cast, final Member... survivors) {
        cast.await("the dead were reaped", () -> cast.shared().slots.occupied() == survivors.length);
        cast.awaitQuiet();
        final long before = cast.committed();
        for (final Member survivor : survivors) {
            survivor.ask("broadcast 1");
        }
        assertEquals(before + survivors.length, cast.committed());
        cast.assertSameTables(survivors);
        assertEquals(
                survivors[0].thread().replica().tableLength(), survivors[0].askNumber("table-length"), "tables agree");
        assertFalse(cast.shared().isAborted());
    }

    // ---- followers -------------------------------------------------------------------------------------------------

    @Test
    void shouldFinishOperationWhenFollowerDiesAfterItHasArrived() {
        try (Cast cast = cast()) {
            final Member follower = cast.farJoined("follower");
            final Member missing = cast.nearJoined("missing");
            final int slot = follower.slot();
            missing.ask("deaf");
            final Answer broadcast = cast.main().start("broadcast 3");
            cast.await("follower has arrived", () -> cast.hasArrived(slot));
            cast.killFar();
            missing.ask("hear");
            broadcast.text();
            assertEquals(2, cast.committed());
            assertGoesOn(cast, cast.main(), missing);
        }
    }

    @Test
    void shouldFinishOperationWhenFollowerDiesBeforeItArrives() {
        try (Cast cast = cast()) {
            final Member follower = cast.farJoined("follower");
            follower.ask("deaf");
            final Answer broadcast = cast.main().start("broadcast 3");
            cast.awaitPhase(ControlWord.STOP);
            cast.killFar();
            broadcast.text();
            assertGoesOn(cast, cast.main());
        }
    }

    @Test
    void shouldFinishOperationWhenFollowerDiesWhileItApplies() {
        try (Cast cast = cast()) {
            cast.far("follower").ask("join block:2");
            final Member other = cast.nearJoined("other");
            final Answer broadcast = cast.main().start("broadcast 3");
            assertEquals("applying 2", WORKER.awaitEvent("follower"));
            assertEquals(ControlWord.APPLY, cast.phase());
            cast.killFar();
            broadcast.text();
            assertGoesOn(cast, cast.main(), other);
        }
    }

    @Test
    void shouldReapEveryGroupOfDeadProcessWhateverItWasAt() {
        try (Cast cast = cast()) {
            cast.farJoined("polls");
            cast.farJoined("sleeps").ask("safe");
            cast.farJoined("locks").ask("mutex 1");
            cast.farJoined("leases").ask("acquire");
            cast.far("joins").start("join");
            cast.await("all are there", () -> cast.shared().slots.occupied() == 6);
            cast.killFar();
            assertGoesOn(cast, cast.main());
            cast.main().ask("mutex 1");
        }
    }

    @Test
    void shouldFreeSlotWhenProcessDiesWhileJoining() {
        try (Cast cast = cast()) {
            cast.main().ask("broadcast 3");
            cast.far("joiner").start("join block:2");
            assertEquals("applying 2", WORKER.awaitEvent("joiner"));
            cast.main().ask("broadcast 3");
            assertEquals(3, cast.committed(), "nobody waits for who joins");
            cast.killFar();
            assertGoesOn(cast, cast.main());
        }
    }

    @Test
    void shouldReleaseLeaseWhenProcessDiesWhileBeingSpawned() {
        try (Cast cast = cast()) {
            cast.far("child").start("create " + cast.main().ask("prepare") + " block:1");
            assertEquals("applying 1", WORKER.awaitEvent("child"));
            cast.killFar();
            assertGoesOn(cast, cast.main());
        }
    }

    // ---- instigators -----------------------------------------------------------------------------------------------

    @Test
    void shouldWithdrawOperationWhenInstigatorDiesBeforeCommit() {
        try (Cast cast = cast()) {
            final Member instigator = cast.farJoined("instigator");
            final Member missing = cast.nearJoined("missing");
            missing.ask("deaf");
            instigator.start("broadcast 3");
            cast.await(
                    "follower has arrived",
                    () -> cast.hasArrived(cast.main().group().slot()));
            cast.killFar();
            missing.ask("hear");
            cast.awaitQuiet();
            assertEquals(1, cast.committed(), "as if never asked");
            assertEquals("10", cast.main().ask("table-length"));
            assertEquals(1, cast.main().askNumber("applied"));
            assertGoesOn(cast, cast.main(), missing);
        }
    }

    @Test
    void shouldAdoptAndFinishOperationWhenInstigatorDiesAfterCommit() {
        try (Cast cast = cast()) {
            final Member instigator = cast.far("instigator");
            final Member other = cast.nearJoined("other");
            instigator.ask("join block:2");
            instigator.start("load lib 3");
            assertEquals("applying 2", WORKER.awaitEvent("instigator"));
            cast.killFar();
            cast.awaitQuiet();
            assertEquals(2, cast.committed());
            assertEquals("13", cast.main().ask("table-length"));
            assertEquals(2, other.askNumber("applied"));
            assertGoesOn(cast, cast.main(), other);
        }
    }

    @Test
    void shouldKeepModuleWhenItsUnloaderDiesBeforeCommit() {
        try (Cast cast = cast()) {
            final Member instigator = cast.farJoined("instigator");
            final String handle = instigator.ask("ready lib 3");
            final String slot = instigator.ask("resolve " + handle + " f");
            final String used = instigator.ask("memory-of " + handle);
            final Member missing = cast.nearJoined("missing");
            missing.ask("deaf");
            instigator.start("unload " + handle);
            cast.await(
                    "follower has arrived",
                    () -> cast.hasArrived(cast.main().group().slot()));
            cast.killFar();
            missing.ask("hear");
            cast.awaitQuiet();
            assertEquals("READY", cast.main().ask("module-state " + handle));
            assertEquals(handle, cast.main().ask("find-module lib"));
            assertEquals(slot, cast.main().ask("find-symbol " + handle + " f"));
            assertEquals(used, cast.main().ask("memory-of " + handle));
            assertEquals("14", cast.main().ask("table-length"));
            assertEquals("true", cast.main().ask("unload " + handle), "as if never asked");
            assertGoesOn(cast, cast.main(), missing);
        }
    }

    @Test
    void shouldUnloadModuleWhenItsUnloaderDiesAfterCommit() {
        try (Cast cast = cast()) {
            final Member instigator = cast.far("instigator");
            final Member other = cast.nearJoined("other");
            instigator.ask("join block:4");
            final String handle = instigator.ask("ready lib 3");
            final String slot = instigator.ask("resolve " + handle + " f");
            final String memory = instigator.ask("memory-of " + handle);
            instigator.start("unload " + handle);
            assertEquals("applying 4", WORKER.awaitEvent("instigator"));
            assertEquals(ControlWord.APPLY, cast.phase());
            cast.killFar();
            cast.awaitQuiet();
            assertEquals(4, cast.committed());
            for (final Member survivor : new Member[] {cast.main(), other}) {
                assertEquals("UNLOADED", survivor.ask("module-state " + handle));
                assertEquals("UNLOADED", survivor.ask("await-module " + handle));
                assertEquals("0", survivor.ask("find-module lib"));
                assertEquals("-1", survivor.ask("find-symbol " + handle + " f"));
            }
            final String again = other.ask("ready lib 3");
            assertEquals(memory, other.ask("memory-of " + again));
            assertEquals(slot, other.ask("resolve " + again + " f"));
            assertEquals("14", other.ask("table-length"));
            assertGoesOn(cast, cast.main(), other);
        }
    }

    @Test
    void shouldLetLeaseWaiterAdoptOperationOfDeadInstigator() {
        try (Cast cast = cast()) {
            final Member instigator = cast.far("instigator");
            instigator.ask("join block:2");
            final Member waiter = cast.nearJoined("waiter");
            instigator.ask("acquire");
            final Answer acquire = waiter.start("acquire");
            cast.await("waits", () -> cast.isWaitingForTopology(waiter.group().slot()));
            instigator.ask("write-holding");
            instigator.start("broadcast-held 3");
            assertEquals("applying 2", WORKER.awaitEvent("instigator"));
            cast.killFar();
            acquire.text();
            assertEquals(ControlWord.IDLE, cast.phase(), "a lease owner finds everything finished");
            assertEquals("13", waiter.ask("table-length"));
            waiter.ask("release");
            assertGoesOn(cast, cast.main(), waiter);
        }
    }

    @Test
    void shouldLetJoiningGroupAdoptWhenAllOthersSleep() {
        try (Cast cast = cast()) {
            final Member instigator = cast.far("instigator");
            instigator.ask("join block:2");
            cast.main().ask("safe");
            instigator.start("broadcast 3");
            assertEquals("applying 2", WORKER.awaitEvent("instigator"));
            final Member joiner = cast.near("joiner");
            final Answer join = joiner.start("join");
            cast.await("joiner waits", () -> cast.shared().slots.occupied() == 3);
            cast.killFar();
            join.text();
            assertEquals(ControlWord.IDLE, cast.phase());
            cast.main().ask("unsafe");
            assertGoesOn(cast, cast.main(), joiner);
        }
    }

    @Test
    void shouldAdoptOnTheWayOutOfSafeRegion() {
        try (Cast cast = cast()) {
            final Member instigator = cast.far("instigator");
            instigator.ask("join block:2");
            cast.main().ask("safe");
            instigator.start("broadcast 3");
            assertEquals("applying 2", WORKER.awaitEvent("instigator"));
            cast.killFar();
            cast.main().ask("unsafe");
            assertEquals(2, cast.main().askNumber("applied"));
            assertGoesOn(cast, cast.main());
        }
    }

    @Test
    void shouldKeepOperationsWholeWhenInstigatorIsKilledAtRandom() {
        final long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("seed=" + seed);
        final Random random = new Random(seed);
        try (Cast cast = cast()) {
            final Member other = cast.nearJoined("other");
            for (int i = 0; i < 4; i++) {
                if (i > 0) {
                    WORKER.open(cast.directory());
                }
                cast.farJoined("instigator-" + i).start("load-each lib-" + i + "- 100000");
                final long enough = cast.committed() + 1 + random.nextInt(20);
                final Answer own = other.start("broadcast-each 5 1");
                cast.await("operations", () -> cast.committed() >= enough);
                cast.killFar();
                own.text();
                assertGoesOn(cast, cast.main(), other);
            }
            final Member late = cast.nearJoined("late");
            cast.assertSameTables(cast.main(), other, late);
        }
    }

    // ---- holders and waiters ---------------------------------------------------------------------------------------

    @Test
    void shouldPassLeaseOnWhenItsHolderDies() {
        try (Cast cast = cast()) {
            final Member holder = cast.farJoined("holder");
            final long number = holder.askNumber("acquire");
            final Answer acquire = cast.main().start("acquire");
            cast.await(
                    "waits", () -> cast.isWaitingForTopology(cast.main().group().slot()));
            cast.killFar();
            assertEquals(number + 1, Long.parseLong(acquire.text()));
            cast.main().ask("release");
            assertGoesOn(cast, cast.main());
        }
    }

    @Test
    void shouldServeTheNextWhenLeaseWaiterDies() {
        try (Cast cast = cast()) {
            final Member dies = cast.farJoined("dies");
            final Member next = cast.nearJoined("next");
            final int slot = dies.slot();
            cast.main().ask("acquire");
            dies.start("acquire");
            cast.await("waits first", () -> cast.isWaitingForTopology(slot));
            final Answer acquire = next.start("acquire");
            cast.await(
                    "waits second", () -> cast.isWaitingForTopology(next.group().slot()));
            cast.killFar();
            cast.main().ask("release");
            acquire.text();
            next.ask("release");
            assertGoesOn(cast, cast.main(), next);
        }
    }

    @Test
    void shouldVoidClaimTicketWhenOffererDies() {
        try (Cast cast = cast()) {
            final Member offerer = cast.farJoined("offerer");
            offerer.ask("acquire");
            final String ticket = offerer.ask("offer");
            cast.killFar();
            cast.await("reaped", () -> cast.shared().slots.occupied() == 1);
            assertTrue(cast.main().refused("claim " + ticket).text().contains("no longer valid"));
            assertGoesOn(cast, cast.main());
        }
    }

    @Test
    void shouldDropChangesAndPassStateLockOnWhenWriterDies() {
        try (Cast cast = cast()) {
            final Member writer = cast.farJoined("writer");
            final Member other = cast.nearJoined("other");
            writer.ask("write");
            writer.ask("grow 7");
            final Answer write = cast.main().start("write");
            cast.killFar();
            assertEquals("10", write.text());
            final Answer read = other.start("read");
            cast.main().ask("unwrite");
            assertEquals("10", read.text());
            other.ask("unread");
            assertGoesOn(cast, cast.main(), other);
        }
    }

    @Test
    void shouldLetReaderInWhenWriterDies() {
        try (Cast cast = cast()) {
            final Member writer = cast.farJoined("writer");
            final Member other = cast.nearJoined("other");
            writer.ask("write");
            writer.ask("grow 7");
            final Answer read = other.start("read");
            cast.killFar();
            assertEquals("10", read.text());
            other.ask("unread");
            assertGoesOn(cast, cast.main(), other);
        }
    }

    @Test
    void shouldKeepCommittedChangesWhenWriterDies() {
        try (Cast cast = cast()) {
            final Member writer = cast.farJoined("writer");
            final String index = cast.main().ask("closure");
            writer.ask("free " + index);
            writer.ask("write-with-topology");
            writer.ask("grow 7");
            cast.killFar();
            assertEquals("false", cast.main().ask("is-closure " + index));
            assertEquals("110", cast.main().ask("table-length"));
            assertGoesOn(cast, cast.main());
        }
    }

    @Test
    void shouldLetWriterInWhenReaderDies() {
        try (Cast cast = cast()) {
            final Member reader = cast.farJoined("reader");
            reader.ask("read");
            final Answer write = cast.main().start("write-with-topology");
            cast.await("writer waits for reader", () -> (cast.shared().stateLock.version() & 1) != 0);
            cast.killFar();
            write.text();
            cast.main().ask("unwrite");
            assertGoesOn(cast, cast.main());
        }
    }

    @Test
    void shouldPassMutexOnWhenItsOwnerDies() {
        try (Cast cast = cast()) {
            final Member owner = cast.farJoined("owner");
            final Member dies = cast.farJoined("dies");
            final Member next = cast.nearJoined("next");
            final int slot = dies.slot();
            final long grant = owner.askNumber("mutex 0");
            dies.start("mutex 0");
            cast.await("waits first", () -> cast.isWaitingForMutex(0, slot));
            final Answer acquire = next.start("mutex 0");
            cast.await(
                    "waits second", () -> cast.isWaitingForMutex(0, next.group().slot()));
            cast.killFar();
            assertTrue(Long.parseLong(acquire.text()) > grant);
            next.ask("unmutex 0");
            assertGoesOn(cast, cast.main(), next);
        }
    }

    // ---- modules ---------------------------------------------------------------------------------------------------

    @Test
    void shouldLetAnyWaiterRedoDataOfDeadOwner() {
        try (Cast cast = cast()) {
            final Member owner = cast.farJoined("owner");
            final Member other = cast.nearJoined("other");
            final String handle = owner.ask("load lib 3");
            final Answer mailbox = cast.main().start("await-module " + handle);
            cast.killFar();
            assertEquals("DATA", mailbox.text());
            assertEquals("true", cast.main().ask("claim-module " + handle));
            assertEquals("false", other.ask("claim-module " + handle));
            final Answer waits = other.start("await-module " + handle);
            cast.main().ask("advance-module " + handle + " DATA CTORS");
            cast.main().ask("advance-module " + handle + " CTORS READY");
            assertEquals("READY", waits.text());
            assertGoesOn(cast, cast.main(), other);
        }
    }

    @Test
    void shouldAbortWhenOwnerOfRunningConstructorsDies() {
        try (Cast cast = cast()) {
            final Member owner = cast.farJoined("owner");
            final int slot = owner.slot();
            final String handle = owner.ask("load lib 3");
            owner.ask("advance-module " + handle + " DATA CTORS");
            final Answer mailbox = cast.main().start("await-module " + handle);
            cast.killFar();
            final Outcome aborted = mailbox.refusal();
            assertEquals(SynchronizationAbortedException.CODE_CONSTRUCTOR_OWNER_DIED, aborted.code());
            assertEquals(slot, aborted.slot());
        }
    }

    @Test
    void shouldFailModuleAndGoOnWhenPolicySaysContinue() {
        try (Cast cast = new Cast(
                Spread.TWO_JVMS, directory.resolve("u"), WORKER, Cast.CAPACITIES, ConstructorPolicy.CONTINUE)) {
            final Member owner = cast.farJoined("owner");
            final String handle = owner.ask("load lib 3");
            owner.ask("advance-module " + handle + " DATA CTORS");
            final Answer mailbox = cast.main().start("await-module " + handle);
            cast.killFar();
            assertEquals("FAILED", mailbox.text());
            assertGoesOn(cast, cast.main());
        }
    }

    // ---- coming back, and not being dead ---------------------------------------------------------------------------

    @Test
    void shouldLetAnotherProcessTakeThePlaceOfTheDead() {
        try (Cast cast = cast()) {
            final Member first = cast.farJoined("first");
            final String place = first.ask("process");
            first.ask("acquire");
            cast.killFar();
            WORKER.open(cast.directory());
            final Member second = cast.farJoined("second");
            assertEquals(place, second.ask("process"), "attaching reaps");
            second.ask("broadcast 2");
            cast.assertSameTables(cast.main(), second);
        }
    }

    @Test
    void shouldNotTakeSuspendedProcessForDead() {
        try (Cast cast = cast()) {
            final Member suspended = cast.farJoined("suspended");
            suspended.ask("acquire");
            WORKER.suspend();
            final Answer waiter = cast.main().start("broadcast 2");
            cast.await(
                    "waits", () -> cast.isWaitingForTopology(cast.main().group().slot()));
            final long since = System.nanoTime();
            cast.await("a hundred searches for the dead", () -> System.nanoTime() - since > 200_000_000);
            assertEquals(2, cast.shared().slots.occupied());
            assertTrue(cast.isWaitingForTopology(cast.main().group().slot()), "nothing was taken from it");
            WORKER.resume();
            suspended.ask("release");
            waiter.text();
            cast.assertSameTables(cast.main(), suspended);
        }
    }

    @Test
    void shouldLetAnotherBootstrapWhenBootstrapperDiesBeforeItCommits() throws Exception {
        final Path place = directory.resolve("u");
        try (Universe universe = Universe.open(UniverseConfig.at(place).withCapacities(Cast.CAPACITIES));
                GroupThread near = new GroupThread("near", universe, text -> {})) {
            WORKER.open(place);
            WORKER.send("dies", "bootstrap-and-block");
            assertEquals("setting up", WORKER.awaitEvent("dies"));
            assertTrue(near.submit("bootstrap").get().failedBy(IllegalStateException.class));
            WORKER.kill();
            WORKER.open(place);
            assertEquals("ok 0", near.submit("bootstrap").get().encode());
            assertEquals("ok 10", near.submit("broadcast 1").get().encode());
            WORKER.close();
        }
    }

    @Test
    void shouldTakeThePlaceOfTheBootstrapperThatItHasWaitedFor() throws Exception {
        final Path place = directory.resolve("u");
        final CountDownLatch aboutTo = new CountDownLatch(1);
        try (Universe universe = Universe.open(UniverseConfig.at(place).withCapacities(Cast.CAPACITIES));
                GroupThread near = new GroupThread("near", universe, text -> aboutTo.countDown())) {
            WORKER.open(place);
            WORKER.send("dies", "bootstrap-and-block");
            assertEquals("setting up", WORKER.awaitEvent("dies"));
            final CompletableFuture<Outcome> waits = near.submit("bootstrap-or-join");
            assertTrue(aboutTo.await(60, TimeUnit.SECONDS));
            assertFalse(waits.isDone());
            WORKER.kill();
            WORKER.open(place);
            assertEquals("ok 0", waits.get().encode());
            assertEquals("ok 10", near.submit("broadcast 1").get().encode());
            WORKER.close();
        }
    }

    @Test
    void shouldCountAsBootstrappedWhenBootstrapperDiesAfterItsCommit() throws Exception {
        final Path place = directory.resolve("u");
        try (Universe universe = Universe.open(UniverseConfig.at(place).withCapacities(Cast.CAPACITIES));
                GroupThread near = new GroupThread("near", universe, text -> {})) {
            WORKER.open(place);
            WORKER.send("dies", "bootstrap block:1");
            assertEquals("applying 1", WORKER.awaitEvent("dies"));
            WORKER.kill();
            WORKER.open(place);
            assertTrue(universe.isBootstrapped());
            assertTrue(near.submit("bootstrap").get().failedBy(IllegalStateException.class));
            assertEquals("ok 0", near.submit("join").get().encode());
            assertEquals("ok 10", near.submit("table-length").get().encode());
            assertEquals("ok 10", near.submit("broadcast 1").get().encode());
            WORKER.close();
        }
    }
}
