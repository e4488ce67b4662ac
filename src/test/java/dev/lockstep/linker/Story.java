package dev.lockstep.linker;

import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.Scenario;
import java.util.List;

/**
 * Some roles, and reserves: processes that attach when somebody has died and all before them have ended or died, so that
 * there is always one more to clean up.
 *
 * <p>Whoever may die first is said by the story. After the first death only who cleans up may die, before what changes
 * memory or a lock: a death before a load leaves what a death before the next change leaves.
 */
final class Story implements Scenario {
    private final Execution execution;
    private final World world;
    private final List<Role> roles;
    private final int victim;
    private final boolean everyAccess;
    private final boolean mayAbort;

    private Story(final Execution execution, final List<Role> roles, final int reserves, final Policy policy) {
        this.execution = execution;
        this.roles = roles;
        victim = policy.victim;
        everyAccess = policy.everyAccess;
        mayAbort = policy.mayAbort;
        world = new World(execution, roles.size() + reserves, policy.abortOnConstructorDeath);
    }

    /** Who may die first, and how the universe may end. */
    record Policy(int victim, boolean everyAccess, boolean mayAbort, boolean abortOnConstructorDeath) {
        /** Any role may be the first to die. */
        static final int ANYBODY = -1;

        static Policy anybody() {
            return new Policy(ANYBODY, false, false, false);
        }

        static Policy only(final int victim) {
            return new Policy(victim, false, false, false);
        }

        /** Who cleans up may die before loads, too. */
        static Policy atEveryAccess() {
            return new Policy(ANYBODY, true, false, false);
        }

        /** The universe may end. */
        static Policy ending(final boolean abortOnConstructorDeath) {
            return new Policy(ANYBODY, false, true, abortOnConstructorDeath);
        }
    }

    static Scenario.Factory of(final Policy policy, final int reserves, final Role... roles) {
        final List<Role> cast = List.of(roles);
        return execution -> new Story(execution, cast, reserves, policy);
    }

    @Override
    public void setUp(final int participant) {
        if (participant < roles.size() && !roles.get(participant).isNewcomer()) {
            world.attach(participant);
            if (world.shared(participant).isBootstrapped()) {
                world.join(participant);
            } else {
                world.bootstrap(participant);
            }
        }
    }

    @Override
    public void run(final int participant) {
        try {
            if (participant < roles.size()) {
                roles.get(participant).play(world, participant);
            } else {
                cleanUp(participant);
            }
        } catch (final SynchronizationAbortedException aborted) {
            if (!mayAbort) {
                throw aborted;
            }
            if (world.group(participant) != null) {
                world.group(participant).shutdownInstanceGroup();
            }
        }
    }

    @Override
    public int reserves() {
        return world.participants - roles.size();
    }

    @Override
    public boolean isNeeded(final int reserve) {
        final boolean isCalled = reserve == roles.size() ? execution.deaths() > 0 : execution.isDead(reserve - 1);
        return isCalled && world.areOver(reserve);
    }

    private void cleanUp(final int participant) {
        world.attach(participant);
        if (world.shared(participant).isBootstrapped()) {
            world.join(participant);
        } else {
            world.bootstrap(participant);
        }
        world.leave(participant);
    }

    @Override
    public boolean mayDie(final int participant, final boolean changes) {
        if (execution.deaths() == 0) {
            return participant < roles.size() && (victim == Policy.ANYBODY || victim == participant);
        }
        return (changes || everyAccess) && world.isRecovering(participant);
    }

    @Override
    public void check() {
        world.checkWhatIsLeft(mayAbort);
    }
}
