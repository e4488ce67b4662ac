package dev.lockstep.linker;

import static dev.lockstep.linker.Role.ABORTER;
import static dev.lockstep.linker.Role.ADDER;
import static dev.lockstep.linker.Role.BATCHER;
import static dev.lockstep.linker.Role.BATCH_ADDER;
import static dev.lockstep.linker.Role.BOOTSTRAPPER;
import static dev.lockstep.linker.Role.BUSY;
import static dev.lockstep.linker.Role.CHILD;
import static dev.lockstep.linker.Role.CLOSURE_USER;
import static dev.lockstep.linker.Role.DEAF;
import static dev.lockstep.linker.Role.EVICTOR;
import static dev.lockstep.linker.Role.FIRST_OR_JOINER;
import static dev.lockstep.linker.Role.FOLLOWER;
import static dev.lockstep.linker.Role.GROWER;
import static dev.lockstep.linker.Role.HOLDER;
import static dev.lockstep.linker.Role.IMPATIENT;
import static dev.lockstep.linker.Role.INSTIGATOR;
import static dev.lockstep.linker.Role.JOINER;
import static dev.lockstep.linker.Role.KEEPER;
import static dev.lockstep.linker.Role.LISTENER;
import static dev.lockstep.linker.Role.MODULE_USER;
import static dev.lockstep.linker.Role.MUTEX_USER;
import static dev.lockstep.linker.Role.OBSERVER;
import static dev.lockstep.linker.Role.ONLOOKER;
import static dev.lockstep.linker.Role.PARENT;
import static dev.lockstep.linker.Role.READER;
import static dev.lockstep.linker.Role.RETIRER;
import static dev.lockstep.linker.Role.SLEEPER;
import static dev.lockstep.linker.Role.UNLOADER;
import static dev.lockstep.linker.Role.WRITER;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.linker.Story.Policy;
import dev.lockstep.testing.explore.Bounds;
import dev.lockstep.testing.explore.Explorer;
import dev.lockstep.testing.explore.Sites;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The protocol of operations, locks, joining, leaving and recovery, by its roles. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ExplorerTest {
    /** Access sites that need not be reached: method and access, and the reason. */
    private static final String ASLEEP = "who sleeps and who is woken is in SleepExplorerTest";

    private static final Map<String, String> JUSTIFIED = Map.ofEntries(
            Map.entry(
                    "region.UniverseFiles.touchPages getLongVolatile",
                    "runs on the file when it is mapped, before there is anything to explore"),
            Map.entry(
                    "broadcast.OperationRing.transmit putLongRelease",
                    "a tail that is not aligned is one that was damaged"),
            Map.entry(
                    "lock.Lease.findStray getLongVolatile",
                    "the second look at a ticket of a slot that nobody has: who leaves meanwhile is in LockstepExplorerTest"),
            Map.entry(
                    "lock.StateLock.dropOwnFlag putLongRelease",
                    "the flag of who waits: only damage puts it up, in DamagedWordsTest"),
            Map.entry("linker.GroupSlots.awake compareAndSetLong", ASLEEP),
            Map.entry("lock.SleepWords.isAnybodyAsleep getLongVolatile", ASLEEP),
            Map.entry("lock.SleepWords.rouse getLongVolatile", ASLEEP),
            Map.entry("lock.SleepWords.rouse compareAndSetLong", ASLEEP),
            Map.entry("lock.SleepWords.sleep getLongVolatile", ASLEEP),
            Map.entry("lock.SleepWords.sleep putLongVolatile", ASLEEP),
            Map.entry("lock.SleepWords.wakeAll getLongVolatile", ASLEEP),
            Map.entry("lock.SleepWords.wakeAll compareAndSetLong", ASLEEP));

    private static final boolean LONG = "long".equals(System.getProperty("explore"));

    /** Who may die first where the dead are many: one in a build, anybody in hours. */
    private static Policy first(final int participant) {
        return LONG ? Policy.anybody() : Policy.only(participant);
    }

    private static Explorer explore(
            final String name, final Bounds bounds, final Policy policy, final int reserves, final Role... roles)
            throws Exception {
        final int delays = bounds.kills() == 0 ? bounds.delays() + 1 : bounds.delays();
        final Bounds wider = new Bounds(bounds.preemptions() + 1, delays, bounds.kills());
        return new Explorer(name, roles.length + reserves, LONG ? wider : bounds, Story.of(policy, reserves, roles))
                .exhaust();
    }

    @Test
    void shouldFinishOperationInEveryInterleaving() throws Exception {
        final Explorer explored = explore("operation", new Bounds(2, 0, 0), Policy.anybody(), 0, INSTIGATOR, FOLLOWER);
        explored.requireInterleavings(1_000);
        explore("operation, late stores", new Bounds(1, 2, 0), Policy.anybody(), 0, INSTIGATOR, FOLLOWER);
        explore("operation, safe region, late stores", new Bounds(2, 1, 0), Policy.anybody(), 0, GROWER, SLEEPER);
        explore("readers, late stores", new Bounds(2, 1, 0), Policy.anybody(), 0, GROWER, READER);
        explore("attaching, late stores", new Bounds(1, 1, 0), Policy.anybody(), 0, OBSERVER, JOINER);
        explore("mutex, three", new Bounds(2, 0, 0), Policy.anybody(), 0, MUTEX_USER, MUTEX_USER, MUTEX_USER);
    }

    @Test
    void shouldAddWithoutStoppingAnybody() throws Exception {
        final Policy anybody = Policy.anybody();
        explore("addition", new Bounds(2, 0, 0), anybody, 0, ADDER, FOLLOWER);
        explore("addition, late stores", new Bounds(1, 2, 0), anybody, 0, ADDER, FOLLOWER);
        explore("addition, safe region, late stores", new Bounds(1, 1, 0), anybody, 0, ADDER, SLEEPER);
        explore("addition, reader, late stores", new Bounds(1, 1, 0), anybody, 0, ADDER, READER);
        explore("addition, death", new Bounds(1, 0, 1), anybody, 0, ADDER, FOLLOWER);
        explore("addition, reader, death", new Bounds(1, 0, 1), anybody, 0, ADDER, READER);
        explore("addition, module, death", new Bounds(1, 0, 1), Policy.only(0), 0, ADDER, MODULE_USER);
        explore("addition, joiner, death", new Bounds(1, 0, 1), anybody, 0, ADDER, JOINER);
        explore("addition, two deaths", new Bounds(0, 0, 2), anybody, 1, ADDER, LISTENER);
        explore("addition, abort", new Bounds(1, 0, 1), Policy.ending(false), 0, ADDER, ABORTER);
    }

    @Test
    void shouldCommitAllOfBatchOrNothing() throws Exception {
        explore("batch", new Bounds(1, 0, 0), Policy.anybody(), 0, BATCHER, FOLLOWER);
        explore("batch, death", new Bounds(1, 0, 1), Policy.only(0), 0, BATCHER, FOLLOWER);
        explore("batch, joiner, death", new Bounds(1, 0, 1), Policy.only(0), 0, BATCHER, JOINER);
        explore("batch, module, deaths", new Bounds(0, 0, 2), Policy.only(0), 2, BATCHER, MODULE_USER);
        explore("batch added, death", new Bounds(1, 0, 1), Policy.only(0), 0, BATCH_ADDER, FOLLOWER);
        explore("batch added, module, deaths", new Bounds(0, 0, 2), Policy.only(0), 2, BATCH_ADDER, MODULE_USER);
    }

    @Test
    void shouldGoOnWhenAnyoneDiesAnywhere() throws Exception {
        explore("death", new Bounds(1, 0, 1), Policy.anybody(), 0, INSTIGATOR, FOLLOWER);
        explore("death, late stores", new Bounds(0, 2, 1), Policy.anybody(), 0, INSTIGATOR, FOLLOWER);
    }

    @Test
    void shouldGoOnWhenReapersAndAdoptersDieToo() throws Exception {
        final Bounds bounds = new Bounds(0, 1, 3);
        explore("three deaths, writer", bounds, Policy.only(0), 2, WRITER, READER);
        explore("two deaths", new Bounds(0, 0, 2), Policy.atEveryAccess(), 1, INSTIGATOR, LISTENER);
        final Explorer explored = explore("three deaths", new Bounds(0, 0, 3), first(0), 2, INSTIGATOR, LISTENER);
        explored.requireKills(100_000);
        explore("three deaths, mutex", bounds, Policy.only(0), 2, MUTEX_USER, MUTEX_USER);
        explore("three deaths, joiner", new Bounds(0, 0, 3), Policy.only(1), 2, LISTENER, JOINER);
        explore("three deaths, child", new Bounds(0, 0, 3), first(0), 2, PARENT, CHILD);
        explore("three deaths, bootstrap", new Bounds(0, 0, 3), Policy.only(0), 2, BOOTSTRAPPER);
    }

    @Test
    void shouldSurviveDeathsInEveryRole() throws Exception {
        final Bounds bounds = new Bounds(1, 0, 1);
        explore("module", bounds, Policy.only(0), 0, INSTIGATOR, MODULE_USER);
        explore("retirement", new Bounds(0, 0, 1), Policy.anybody(), 0, RETIRER, LISTENER);
        explore("unloading", new Bounds(0, 0, 1), Policy.anybody(), 0, UNLOADER, LISTENER);
        explore("unloading, reader", new Bounds(1, 0, 0), Policy.anybody(), 0, UNLOADER, READER);
        explore("unloading, two deaths", new Bounds(0, 0, 2), Policy.only(0), 1, UNLOADER, MODULE_USER);
        explore("readers", bounds, Policy.anybody(), 0, GROWER, READER);
        explore("writers", bounds, Policy.anybody(), 0, WRITER, WRITER);
        explore("closures", bounds, Policy.anybody(), 0, CLOSURE_USER, LISTENER);
        explore("mutex", bounds, Policy.anybody(), 0, MUTEX_USER, MUTEX_USER);
        explore("lease", bounds, Policy.anybody(), 0, HOLDER, HOLDER);
        explore("joiner", bounds, Policy.anybody(), 0, GROWER, JOINER);
        explore("child", bounds, Policy.anybody(), 0, PARENT, CHILD);
        explore("bootstrap", bounds, Policy.anybody(), 1, BOOTSTRAPPER, BOOTSTRAPPER);
        explore("deadline", bounds, Policy.anybody(), 0, IMPATIENT, BUSY);
        explore("observer", new Bounds(0, 0, 1), Policy.anybody(), 0, GROWER, OBSERVER);
        explore("eviction", bounds, Policy.anybody(), 0, EVICTOR, DEAF);
        explore("onlooker", new Bounds(1, 0, 0), Policy.anybody(), 0, GROWER, ONLOOKER);
    }

    @Test
    void shouldBootstrapOrJoinWhoeverDies() throws Exception {
        explore("bootstrap or join", new Bounds(2, 0, 0), Policy.anybody(), 0, FIRST_OR_JOINER, FIRST_OR_JOINER);
        explore("bootstrap or join, death", new Bounds(1, 0, 1), Policy.anybody(), 1, FIRST_OR_JOINER, FIRST_OR_JOINER);
    }

    @Test
    void shouldEndForEverybodyWhenAborted() throws Exception {
        final Bounds bounds = new Bounds(1, 0, 1);
        explore("abort", bounds, Policy.ending(false), 0, GROWER, ABORTER);
        explore("abort, lease", bounds, Policy.ending(false), 0, KEEPER, GROWER, ABORTER);
        explore("abort by constructors", new Bounds(0, 0, 1), Policy.ending(true), 0, INSTIGATOR, LISTENER);
    }

    @Test
    void shouldAgreeInRandomExecutionsOfFour() throws Exception {
        final long seed = Long.getLong("explore.seed", System.nanoTime());
        final int count = LONG ? 1_000_000 : 10_000;
        final Bounds bounds = new Bounds(12, 6, 3);
        new Explorer("random", 5, bounds, Story.of(Policy.anybody(), 1, INSTIGATOR, FOLLOWER, SLEEPER, READER))
                .random(seed, count);
        new Explorer("random, joining", 5, bounds, Story.of(Policy.anybody(), 1, GROWER, JOINER, MODULE_USER, WRITER))
                .random(seed, count);
    }

    /** After all the others, whose explorations it looks at. */
    @Test
    @Order(Integer.MAX_VALUE)
    void shouldHaveReachedEveryAccessSite() {
        final Set<String> missing = Sites.missing(JUSTIFIED);
        assertEquals(new TreeSet<>(), missing, "write a story that reaches them, or say why none can");
    }
}
