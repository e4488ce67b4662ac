package dev.lockstep.bench;

import dev.lockstep.linker.InstanceGroup;

/** A group that asks for something that is given with a grant. In its safe region while it asks for nothing. */
abstract class GroupContender implements ContendedLock.Contender {
    private final InstanceGroup group;
    private long grant;

    GroupContender(final InstanceGroup group) {
        this.group = group;
        group.enterSafeRegion();
    }

    abstract long acquire(InstanceGroup group);

    abstract void release(InstanceGroup group, long grant);

    @Override
    public final void take() {
        grant = acquire(group);
    }

    @Override
    public final void give() {
        release(group, grant);
        group.doPendingLinkOperations(true);
    }

    @Override
    public final void pause() {
        group.enterSafeRegion();
    }

    @Override
    public final void resume() {
        group.exitSafeRegion();
    }
}
