package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.testing.explore.Bounds;
import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.Explorer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Groups that wait for each other's modules: who waits in a circle is told, and nobody else is. */
class ModuleWaitExplorerTest {
    /** Each participant has a module of its own in its hands when the story begins; those of odd ones run constructors. */
    private abstract static class Waits extends Promise {
        final int participants;
        private final int[] handles;
        private final boolean[] waits;
        private final boolean[][] together;

        Waits(final Execution execution, final int participants) {
            super(execution, participants, participants);
            this.participants = participants;
            handles = new int[participants];
            waits = new boolean[participants];
            together = new boolean[participants][participants];
        }

        @Override
        final void prepare(final int participant) {
            final InstanceGroup group = world.group(participant);
            if (participant == 0) {
                load(group);
            } else {
                assertTrue(group.claimModuleData(handles[participant]));
            }
            if (isConstructing(participant)) {
                group.advanceModuleState(handles[participant], ModuleState.DATA, ModuleState.CTORS);
            }
        }

        private static boolean isConstructing(final int participant) {
            return (participant & 1) != 0;
        }

        private void load(final InstanceGroup group) {
            final List<ModuleRecord> modules = new ArrayList<>();
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                for (int i = 0; i < participants; i++) {
                    final int base = state.growTable(World.SLOTS);
                    final long address = state.allocateMemory(World.PAGE, World.PAGE);
                    final byte[] hash = new byte[ModuleRecord.HASH_LENGTH];
                    modules.add(state.registerModule("m" + i, "", hash, address, World.PAGE, base, World.SLOTS, 0));
                    handles[i] = modules.get(i).handle();
                }
                group.synchronizeLinkOperation(state, new DlOperation.LoadModules(modules));
            }
            final ModuleStates states = world.shared(0).moduleStates;
            for (int i = 1; i < participants; i++) {
                assertTrue(states.advance(
                        handles[i], ModuleStates.DATA, group.slot(), ModuleStates.DATA, ModuleStates.NOBODY));
            }
        }

        /** Waits for another one's module. */
        final ModuleState await(final int self, final int other) {
            waits[self] = true;
            for (int i = 0; i < participants; i++) {
                together[self][i] = waits[i];
                together[i][self] |= waits[i];
            }
            final ModuleState state = world.group(self).awaitModule(handles[other]);
            waits[self] = false;
            return state;
        }

        /** Waits for another one's module, which gets ready: to be told of a circle would be a lie. */
        final void awaitReady(final int self, final int other) {
            assertEquals(ModuleState.READY, await(self, other));
            assertFalse(world.group(self).isAwaitCircular());
        }

        final boolean isWaiting(final int participant) {
            return waits[participant];
        }

        final boolean isCircular(final int self) {
            return world.group(self).isAwaitCircular();
        }

        /** All of the first ones have waited at one moment, in their newest waits: any two of them have. */
        final void checkWaitedTogether(final int count) {
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < count; j++) {
                    assertTrue(together[i][j], "in a circle that never was: participants=" + i + "," + j);
                }
            }
        }

        final void finish(final int self) {
            final InstanceGroup group = world.group(self);
            if (!isConstructing(self)) {
                group.advanceModuleState(handles[self], ModuleState.DATA, ModuleState.CTORS);
            }
            group.advanceModuleState(handles[self], ModuleState.CTORS, ModuleState.READY);
        }

        final int handle(final int participant) {
            return handles[participant];
        }
    }

    /** Each waits for the module of the next. */
    private static class Circle extends Waits {
        private final int members;
        private int told;

        Circle(final Execution execution, final int participants, final int members) {
            super(execution, participants);
            this.members = members;
            world.onPause(this::checkSomebodyIsAwake);
        }

        /** Who closes the circle sees it at once, whatever the others have seen. */
        private void checkSomebodyIsAwake() {
            for (int i = 0; i < members; i++) {
                if (!isWaiting(i) || !world.isPausing(i) || execution.isDead(i)) {
                    return;
                }
            }
            throw new AssertionError("everybody waits for the others and nobody has seen it");
        }

        @Override
        public void run(final int participant) {
            if (participant < members) {
                final ModuleState state = await(participant, (participant + 1) % members);
                if (isCircular(participant)) {
                    told++;
                    assertTrue(state == ModuleState.DATA || state == ModuleState.CTORS, state.toString());
                    checkWaitedTogether(members);
                } else {
                    assertEquals(ModuleState.READY, state);
                }
            } else {
                awaitReady(participant, 0);
            }
            finish(participant);
            world.leave(participant);
        }

        @Override
        public void check() {
            assertTrue(told > 0, "the first to go on was told");
            super.check();
        }
    }

    /** One who was told of a circle waits again, when the other one perhaps waits no more. */
    private static final class Again extends Waits {
        Again(final Execution execution) {
            super(execution, 2);
        }

        @Override
        public void run(final int participant) {
            for (int i = participant; i < 2; i++) {
                final ModuleState state = await(participant, 1 - participant);
                if (isCircular(participant)) {
                    checkWaitedTogether(2);
                } else {
                    assertEquals(ModuleState.READY, state);
                }
            }
            finish(participant);
            world.leave(participant);
        }
    }

    /** Two wait for each other; one may die anywhere. */
    private static final class DyingCircle extends Waits {
        DyingCircle(final Execution execution) {
            super(execution, 2);
        }

        @Override
        public void run(final int participant) {
            final InstanceGroup group = world.group(participant);
            final int other = 1 - participant;
            final boolean wasDead = execution.isDead(other);
            final ModuleState state = await(participant, other);
            if (isCircular(participant)) {
                assertFalse(wasDead, "waited with the dead");
                checkWaitedTogether(2);
            } else if (state == ModuleState.DATA) {
                assertTrue(group.claimModuleData(handle(other)), "nobody else is there");
                group.advanceModuleState(handle(other), ModuleState.DATA, ModuleState.FAILED);
            } else {
                assertTrue(state == ModuleState.READY || state == ModuleState.FAILED, state.toString());
            }
            finish(participant);
            world.leave(participant);
        }

        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return execution.deaths() == 0;
        }
    }

    /** Each waits for the next one's module, but the last one, which is done with its own before it waits for the first. */
    private static final class Chain extends Waits {
        Chain(final Execution execution, final int participants) {
            super(execution, participants);
        }

        @Override
        public void run(final int participant) {
            if (participant == participants - 1) {
                finish(participant);
                awaitReady(participant, 0);
            } else {
                awaitReady(participant, participant + 1);
                finish(participant);
            }
            world.leave(participant);
        }
    }

    /** One leaves, and its module is in nobody's hands, while the other waits for it. */
    private static final class Deserted extends Waits {
        Deserted(final Execution execution) {
            super(execution, 2);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                final InstanceGroup group = world.group(participant);
                final ModuleState state = await(participant, 1);
                assertTrue(state == ModuleState.FAILED && !isCircular(participant), state.toString());
                finish(participant);
                assertEquals(ModuleState.READY, group.awaitModule(handle(0)));
            }
            world.leave(participant);
        }
    }

    @Test
    void shouldTakeNobodyForDamageWhoLeaves() throws Exception {
        new Explorer("deserted", 2, new Bounds(2, 0, 0), Deserted::new).exhaust();
    }

    @Test
    void shouldTellOneWhoClosesTheCircleAtOnce() throws Exception {
        new Explorer("circle of two", 2, new Bounds(2, 0, 0), execution -> new Circle(execution, 2, 2))
                .exhaust()
                .requireInterleavings(1_000);
        new Explorer("circle of two, late stores", 2, new Bounds(2, 2, 0), execution -> new Circle(execution, 2, 2))
                .exhaust();
        new Explorer("circle of three", 3, new Bounds(2, 0, 0), execution -> new Circle(execution, 3, 3)).exhaust();
        new Explorer("circle of three, late stores", 3, new Bounds(1, 1, 0), execution -> new Circle(execution, 3, 3))
                .exhaust();
        new Explorer("circle, waited for again", 2, new Bounds(2, 0, 0), Again::new).exhaust();
    }

    @Test
    void shouldNotTellWhoWaitsForCircleOfOthers() throws Exception {
        new Explorer("circle of others", 3, new Bounds(1, 0, 0), execution -> new Circle(execution, 3, 2)).exhaust();
    }

    @Test
    void shouldTellNobodyWhenTheLastOfChainIsDoneBeforeItWaits() throws Exception {
        new Explorer("chain of two", 2, new Bounds(2, 1, 0), execution -> new Chain(execution, 2)).exhaust();
        new Explorer("chain of three", 3, new Bounds(2, 0, 0), execution -> new Chain(execution, 3)).exhaust();
    }

    @Test
    void shouldGoOnWhenSomebodyInCircleDies() throws Exception {
        new Explorer("circle, death", 2, new Bounds(1, 0, 1), DyingCircle::new).exhaust();
    }
}
