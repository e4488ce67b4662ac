package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.GroupSlotDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.ModuleDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.StateLockDescriptor;
import dev.lockstep.region.TableDescriptor;
import dev.lockstep.testing.explore.Bounds;
import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.Explorer;
import dev.lockstep.testing.explore.Scenario;
import org.junit.jupiter.api.Test;

/** A word is damaged while groups run: those who meet it are told, or go on, and nobody waits for ever. */
class DamagedWordsTest {
    /** Participant 0 damages the word; all have groups. */
    private abstract static class Damage extends Promise {
        boolean isDamaged;

        Damage(final Execution execution, final int participants, final int groups) {
            super(execution, participants, groups);
        }

        final SharedBuffer memory() {
            return world.shared(0).buffer;
        }

        final Layout layout() {
            return world.shared(0).layout;
        }

        final int slot(final int participant) {
            return world.group(participant).slot();
        }

        final void raiseFlag(final int slot) {
            final int lock = layout().stateLock();
            final int groups = layout().capacities().groups();
            memory().putLongVolatile(lock + StateLockDescriptor.flagOffset(slot, groups), 1);
            memory().putLongVolatile(lock + StateLockDescriptor.SUMMARY_OFFSET, 1L << slot);
        }

        final void awaitDamage() {
            while (!isDamaged) {
                execution.waiting();
            }
        }
    }

    /** The universe ends. */
    private abstract static class Abort extends Damage {
        Abort(final Execution execution, final int participants) {
            super(execution, participants, participants);
        }

        @Override
        public final void run(final int participant) {
            final SynchronizationAbortedException aborted =
                    assertThrows(SynchronizationAbortedException.class, () -> play(participant));
            assertEquals(SynchronizationAbortedException.CODE_CORRUPT, aborted.code());
            world.group(participant).shutdownInstanceGroup();
        }

        abstract void play(int participant);

        @Override
        public void check() {
            assertTrue(world.shared(0).isAborted(), "aborted");
        }
    }

    /** The lease belongs to a slot that nobody has. */
    private static final class StrayOwner extends Abort {
        StrayOwner(final Execution execution) {
            super(execution, 1);
        }

        @Override
        void play(final int participant) {
            final long grant =
                    world.shared(0).topology.acquire(slot(0), world.group(0).participant());
            world.shared(0)
                    .topology
                    .transfer(slot(0), grant, layout().capacities().groups() - 1);
            world.grow(participant);
        }
    }

    /** A module that is waited for is in the hands of a slot that nobody has, or that does not exist. */
    private static final class ModuleOfNobody extends Abort {
        private final int owner;

        ModuleOfNobody(final Execution execution, final int owner) {
            super(execution, 1);
            this.owner = owner;
        }

        @Override
        void play(final int participant) {
            final int entry = layout().tables() + TableDescriptor.MODULES_OFFSET;
            memory().putLongVolatile(
                            entry + ModuleDescriptor.STATE_OFFSET, ModuleStates.word(ModuleStates.CTORS, owner));
            world.group(participant).awaitModule(1);
        }
    }

    /** The control word says STOP while a group that asks for no operation owns the lease. */
    private static final class StopOfNobody extends Abort {
        StopOfNobody(final Execution execution) {
            super(execution, 1);
        }

        @Override
        void play(final int participant) {
            try (TopologyToken token = world.group(participant).acquireTopologyToken()) {
                assertTrue(token.number() >= 0);
                world.shared(0)
                        .step(
                                world.shared(0).control(),
                                ControlWord.stop(world.shared(0).control()));
                world.group(participant).doPendingLinkOperations(false);
            }
        }
    }

    /** The control word goes back by an operation. */
    private static final class FewerCommitted extends Abort {
        FewerCommitted(final Execution execution) {
            super(execution, 1);
        }

        @Override
        void play(final int participant) {
            final long before = world.shared(0).control();
            world.grow(participant);
            memory().putLongVolatile(layout().control() + ControlDescriptor.WORD_OFFSET, before);
            world.group(participant).doPendingLinkOperations(false);
        }
    }

    /** A running group's slot says SAFE: it misses an operation, and finds out. */
    private static final class SaidToBeSafe extends Abort {
        private boolean isOver;

        SaidToBeSafe(final Execution execution) {
            super(execution, 2);
        }

        @Override
        void play(final int participant) {
            if (participant == 0) {
                world.shared(0).slots.safe(slot(1));
                world.grow(participant);
                isOver = true;
                while (true) {
                    world.group(participant).cooperate();
                }
            }
            while (!isOver) {
                execution.waiting();
            }
            world.group(participant).doPendingLinkOperations(false);
        }
    }

    /** A flag is up in the name of a slot that nobody has, until it is claimed. */
    private static final class InheritedFlag extends Damage {
        InheritedFlag(final Execution execution) {
            super(execution, 2, 1);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                raiseFlag(1);
                isDamaged = true;
                while (world.shared(0).slots.occupied() != 2) {
                    world.group(0).cooperate();
                }
                Role.GROWER.play(world, participant);
            } else {
                awaitDamage();
                world.attach(participant);
                world.join(participant);
                assertEquals(1, slot(participant));
                Role.LISTENER.play(world, participant);
            }
        }
    }

    /** The flag of a group is up that waits to read, for a writer that waits for the flag. */
    private static final class OwnFlag extends Damage {
        OwnFlag(final Execution execution) {
            super(execution, 2, 2);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                raiseFlag(slot(1));
                isDamaged = true;
                Role.GROWER.play(world, participant);
            } else {
                awaitDamage();
                Role.WRITER.play(world, participant);
            }
        }

        @Override
        public void check() {
            assertTrue(
                    world.shared(0).topology.isFree() && world.shared(0).slots.occupied() == 0, "all have left");
        }
    }

    /** The writer word names the group that wants to write. */
    private static final class OwnWriter extends Damage {
        OwnWriter(final Execution execution) {
            super(execution, 1, 1);
        }

        @Override
        public void run(final int participant) {
            assertTrue(world.shared(0).stateLock.tryWrite(slot(0)), "free");
            assertThrows(
                    IllegalMonitorStateException.class,
                    () -> world.group(participant).writeLinkerState());
            assertThrows(
                    IllegalMonitorStateException.class,
                    () -> world.group(participant).readLinkerState());
            world.shared(0).stateLock.unlockWrite(slot(0));
            world.leave(participant);
        }
    }

    /** A group is said to have applied more than there is; its next operation is waited for all the same. */
    private static final class AppliedTooMuch extends Damage {
        AppliedTooMuch(final Execution execution) {
            super(execution, 2, 2);
            world.applySlowly();
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                memory().putLongVolatile(layout().groupSlot(slot(1)) + GroupSlotDescriptor.APPLIED_OFFSET, 5);
                world.grow(participant);
                world.checkApplied(2);
                world.leave(participant);
            } else {
                Role.LISTENER.play(world, participant);
            }
        }
    }

    /** The universe is said to be bootstrapped by a slot that nobody has: who wants to make a group would wait for it. */
    private static final class BootstrapOfNobody extends Damage {
        private final int slot;

        BootstrapOfNobody(final Execution execution, final int slot) {
            super(execution, 1, 0);
            this.slot = slot;
        }

        @Override
        public void run(final int participant) {
            world.attach(participant);
            memory().putLongVolatile(layout().control() + ControlDescriptor.BOOTSTRAP_OFFSET, (slot + 1L) << 1);
            final SynchronizationAbortedException aborted =
                    assertThrows(SynchronizationAbortedException.class, () -> world.bootstrapOrJoin(participant));
            assertEquals(SynchronizationAbortedException.CODE_CORRUPT, aborted.code());
            world.detach(participant);
        }

        @Override
        public void check() {
            assertTrue(world.shared(0).isAborted(), "aborted");
        }
    }

    private static void explore(final String name, final int participants, final Scenario.Factory factory)
            throws Exception {
        new Explorer(name, participants, new Bounds(1, 0, 0), factory).exhaust();
    }

    @Test
    void shouldAbortWhenOwnerOfLeaseIsNobody() throws Exception {
        explore("stray owner", 1, StrayOwner::new);
    }

    @Test
    void shouldAbortWhenModuleIsInTheHandsOfNobody() throws Exception {
        explore("module of nobody", 1, execution -> new ModuleOfNobody(execution, 5));
        explore("module of no slot", 1, execution -> new ModuleOfNobody(execution, 6));
    }

    @Test
    void shouldAbortWhenUniverseIsBootstrappedByNobody() throws Exception {
        explore("bootstrap of nobody", 1, execution -> new BootstrapOfNobody(execution, 1));
        explore("bootstrap of no slot", 1, execution -> new BootstrapOfNobody(execution, 1_000));
    }

    @Test
    void shouldAbortWhenOwnerOfLeaseIsStopped() throws Exception {
        explore("stop of nobody", 1, StopOfNobody::new);
    }

    @Test
    void shouldAbortWhenFewerOperationsAreCommittedThanApplied() throws Exception {
        explore("fewer committed", 1, FewerCommitted::new);
    }

    @Test
    void shouldAbortWhenSlotOfRunningGroupSaysOtherwise() throws Exception {
        explore("said to be safe", 2, SaidToBeSafe::new);
    }

    @Test
    void shouldLeaveNothingToNewGroupOfSlot() throws Exception {
        explore("inherited flag", 2, InheritedFlag::new);
    }

    @Test
    void shouldTakeOwnFlagDownWhileWaiting() throws Exception {
        explore("own flag", 2, OwnFlag::new);
    }

    @Test
    void shouldRefuseStateLockThatIsOwnAlready() throws Exception {
        explore("own writer", 1, OwnWriter::new);
    }

    @Test
    void shouldWaitForWhoIsSaidToHaveAppliedMoreThanThereIs() throws Exception {
        explore("applied too much", 2, AppliedTooMuch::new);
    }
}
