package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Answer;
import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.region.ConstructorPolicy;
import dev.lockstep.region.GroupSlotDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.ModuleDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.TableDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Waiting for modules whose owners wait as well. */
class ModuleWaitTest {
    private static final String CIRCLE = " in a circle";

    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    private Cast castThatGoesOn() {
        return new Cast(Spread.TWO_JVMS, directory.resolve("u"), WORKER, Cast.CAPACITIES, ConstructorPolicy.CONTINUE);
    }

    private static void awaitWait(final Cast cast, final Member who, final int slot, final String handle) {
        cast.await(who + " waits for " + handle, () -> waitsFor(cast, slot) == Integer.parseInt(handle));
    }

    private static int waitsFor(final Cast cast, final int slot) {
        return GroupSlots.awaitedModule(cast.shared().slots.waitsFor(slot));
    }

    private static void assertNobodyWaits(final Cast cast) {
        for (int slot = 0; slot < cast.shared().slots.count(); slot++) {
            assertEquals(0, waitsFor(cast, slot), "slot " + slot);
        }
    }

    /** Some of them were told of the circle, one at least; all others found what they waited for. */
    private static void assertCircle(final List<Answer> answers) {
        final List<String> texts = answers.stream().map(Answer::text).toList();
        assertTrue(texts.stream().anyMatch(text -> text.endsWith(CIRCLE)), texts::toString);
        texts.forEach(text -> assertTrue(
                text.equals("READY") || text.equals("DATA" + CIRCLE) || text.equals("CTORS" + CIRCLE),
                texts::toString));
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenTwoWaitForEachOther(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            for (int round = 0; round < 20; round++) {
                final String x = cast.main().ask("load x" + round + " 1");
                final String y = far.ask("load y" + round + " 1");
                assertCircle(List.of(
                        cast.main().start("await-then-finish " + y + " " + x),
                        far.start("await-then-finish " + x + " " + y)));
                assertEquals("READY", far.ask("await-module " + x));
                assertEquals("false", far.ask("await-circular"));
                assertEquals("READY", cast.main().ask("await-module " + y));
            }
            assertNobodyWaits(cast);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenThreeWaitInRing(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final Member near = cast.nearJoined("near");
            for (int round = 0; round < 20; round++) {
                final String x = cast.main().ask("load x" + round + " 1");
                final String y = far.ask("load y" + round + " 1");
                final String z = near.ask("load z" + round + " 1");
                assertCircle(List.of(
                        cast.main().start("await-then-finish " + y + " " + x),
                        far.start("await-then-finish " + z + " " + y),
                        near.start("await-then-finish " + x + " " + z)));
            }
            assertNobodyWaits(cast);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldTellWhoClosesCircleWhileTheOtherWaits(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final Member third = cast.farJoined("third");
            final String x = cast.main().ask("load x 1");
            final String y = far.ask("load y 1");
            final int farSlot = far.slot();
            final int thirdSlot = third.slot();
            final Answer outside = third.start("await-module " + y);
            awaitWait(cast, third, thirdSlot, y);
            final Answer waits = far.start("await-then-finish " + x + " " + y);
            awaitWait(cast, far, farSlot, x);
            final Answer closes = cast.main().start("await-then-finish " + y + " " + x);
            assertCircle(List.of(waits, closes));
            assertEquals("READY", outside.text());
            assertEquals("false", third.ask("await-circular"), "is no part of it");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldWaitWhenChainIsNoCircle(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final Member near = cast.nearJoined("near");
            final String x = cast.main().ask("load x 1");
            final String y = far.ask("load y 1");
            final String z = near.ask("load z 1");
            final int farSlot = far.slot();
            final int nearSlot = near.slot();
            final Answer second = far.start("await-then-finish " + x + " " + y);
            awaitWait(cast, far, farSlot, x);
            final Answer third = near.start("await-then-finish " + y + " " + z);
            awaitWait(cast, near, nearSlot, y);
            cast.main().ask("advance-module " + x + " DATA CTORS");
            assertEquals(Integer.parseInt(x), waitsFor(cast, farSlot), "constructors are waited for, too");
            cast.main().ask("advance-module " + x + " CTORS READY");
            assertEquals("READY", second.text());
            assertEquals("READY", third.text());
            assertEquals("READY", cast.main().ask("await-module " + z));
            assertNobodyWaits(cast);
        }
    }

    @Test
    void shouldNotWaitForModuleOfItsOwn() {
        try (Cast cast = cast(Spread.ONE_JVM)) {
            final String x = cast.main().ask("load x 1");
            assertEquals("DATA", cast.main().ask("await-module " + x));
            assertEquals("true", cast.main().ask("await-circular"));
            cast.main().ask("advance-module " + x + " DATA CTORS");
            assertEquals("CTORS", cast.main().ask("await-module " + x));
            assertEquals("true", cast.main().ask("await-circular"));
            cast.main().ask("advance-module " + x + " CTORS FAILED");
            assertEquals("FAILED", cast.main().ask("await-module " + x));
            assertEquals("false", cast.main().ask("await-circular"));
        }
    }

    /** Its word still says that it waits for us, and its module is still in its name. */
    @Test
    void shouldNotTakeTheDeadForPartOfCircle() {
        try (Cast cast = castThatGoesOn()) {
            final Member constructing = cast.farJoined("constructing");
            final Member initializing = cast.farJoined("initializing");
            final String x = cast.main().ask("load x 1");
            final String y = constructing.ask("load y 1");
            constructing.ask("advance-module " + y + " DATA CTORS");
            final String z = initializing.ask("load z 1");
            final int constructingSlot = constructing.slot();
            final int initializingSlot = initializing.slot();
            constructing.start("await-module " + x);
            initializing.start("await-module " + x);
            awaitWait(cast, constructing, constructingSlot, x);
            awaitWait(cast, initializing, initializingSlot, x);
            cast.killFar();
            assertEquals("FAILED", cast.main().ask("await-module " + y));
            assertEquals("false", cast.main().ask("await-circular"));
            assertEquals("DATA", cast.main().ask("await-module " + z));
            assertEquals("false", cast.main().ask("await-circular"));
            assertEquals("true", cast.main().ask("claim-module " + z));
        }
    }

    @Test
    void shouldLeaveNoWaitToNextGroupOfSlot() {
        try (Cast cast = cast(Spread.ONE_JVM)) {
            final String x = cast.main().ask("load x 1");
            final Member before = cast.nearJoined("before");
            final int slot = before.slot();
            final long word = cast.shared().slots.waitsFor(slot);
            before.ask("shutdown");
            cast.shared().slots.waitFor(slot, Integer.parseInt(x)); // as one leaves it who dies
            final Member after = cast.nearJoined("after");
            assertEquals(slot, after.slot());
            assertEquals(0, waitsFor(cast, slot));
            assertTrue(cast.shared().slots.waitsFor(slot) > word, "a word came back");
            final String y = after.ask("load y 1");
            final int mainSlot = cast.main().slot();
            final Answer waits = cast.main().start("await-module " + y);
            awaitWait(cast, cast.main(), mainSlot, y);
            after.ask("advance-module " + y + " DATA CTORS");
            after.ask("advance-module " + y + " CTORS READY");
            assertEquals("READY", waits.text());
            assertEquals("false", cast.main().ask("await-circular"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldWaitNoMoreWhenWaitIsBrokenOff(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String x = cast.main().ask("load x 1");
            final int slot = far.slot();
            final Answer waits = far.start("await-module " + x);
            awaitWait(cast, far, slot, x);
            cast.main().ask("abort 16");
            final Outcome refusal = waits.refusal();
            assertTrue(refusal.failedBy(SynchronizationAbortedException.class), refusal::toString);
            assertEquals(0, waitsFor(cast, slot));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldShowFromOutsideWhatIsWaitedFor(final Spread spread) throws IOException {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String x = cast.main().ask("load x 1");
            final int slot = far.slot();
            final Answer waits = far.start("await-module " + x);
            awaitWait(cast, far, slot, x);
            for (final UniverseSnapshot.Group group :
                    UniverseSnapshot.of(cast.directory()).groups()) {
                assertEquals(group.slot() == slot ? Integer.parseInt(x) : 0, group.waitsFor());
            }
            cast.main().ask("advance-module " + x + " DATA FAILED");
            assertEquals("FAILED", waits.text());
        }
    }

    /** Whatever the words say, sense or not, the answer is that of a walk over the same graph on the heap. */
    @Test
    void shouldAnswerForAnyWordsAtAll() {
        final long seed = Long.getLong("seed", System.nanoTime());
        final Random random = new Random(seed);
        final int[] owners = {0, 1, 2, 3, 4, 5, 127, 128, 4093, 4094, ModuleStates.NOBODY};
        final int[] awaited = {0, 1, 2, 3, 4, 5, 6, 7, 8, 128, 129, (1 << 24) - 1};
        try (Cast cast = cast(Spread.ONE_JVM)) {
            cast.main().ask("load-each m 7");
            final LinkerShared shared = cast.shared();
            final long[] states = new long[9];
            final int[] waits = new int[128];
            int circles = 0;
            cast.main().ask("deaf");
            for (int round = 0; round < 20_000; round++) {
                for (int handle = 1; handle <= 8; handle++) {
                    final int state = random.nextInt(4) == 0 ? random.nextInt(4) + 1 : ModuleStates.DATA;
                    states[handle] = ModuleStates.word(state, owners[random.nextInt(owners.length)]);
                    setState(shared, handle, states[handle]);
                }
                for (int slot = 0; slot < 6; slot++) {
                    waits[slot] = awaited[random.nextInt(awaited.length)];
                    setWait(shared, slot, (long) random.nextInt(1 << 20) << 24 | waits[slot]);
                }
                final int handle = random.nextInt(8) + 1;
                final ModuleWait wait = new ModuleWait(shared, 0);
                wait.begin(handle);
                final boolean expected = leadsTo(0, handle, states, waits);
                assertEquals(expected, wait.isCircular(), "seed=" + seed + " round=" + round);
                wait.end();
                circles += expected ? 1 : 0;
            }
            assertTrue(circles > 1_000 && circles < 19_000, "circles=" + circles);
            for (int handle = 1; handle <= 8; handle++) {
                setState(shared, handle, ModuleStates.word(ModuleStates.READY, ModuleStates.NOBODY));
            }
            cast.main().ask("hear");
        }
    }

    private static void setState(final LinkerShared shared, final int handle, final long word) {
        final Layout layout = shared.layout;
        final SharedBuffer buffer = shared.buffer;
        final int entry =
                layout.tables() + TableDescriptor.MODULES_OFFSET + (handle - 1) * TableDescriptor.MODULE_LENGTH;
        buffer.putLongVolatile(entry + ModuleDescriptor.STATE_OFFSET, word);
    }

    private static void setWait(final LinkerShared shared, final int slot, final long word) {
        shared.buffer.putLongVolatile(shared.layout.groupSlot(slot) + GroupSlotDescriptor.WAITS_FOR_OFFSET, word);
    }

    private static boolean leadsTo(final int slot, final int first, final long[] states, final int[] waits) {
        final BitSet met = new BitSet();
        int handle = first;
        while (handle >= 1 && handle < states.length) {
            final int state = ModuleStates.stateOf(states[handle]);
            final int owner = ModuleStates.ownerOf(states[handle]);
            if (state == ModuleStates.READY || state == ModuleStates.FAILED || owner >= waits.length) {
                return false;
            }
            if (owner == slot) {
                return true;
            }
            if (met.get(owner)) {
                return false;
            }
            met.set(owner);
            handle = waits[owner];
        }
        return false;
    }
}
