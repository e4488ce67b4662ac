package dev.lockstep.engine.loader;

import dev.lockstep.linker.UniverseOptions;
import org.agrona.concurrent.IdleStrategy;

/** Waits as groups do by default, and lets a test know before each step of waiting. */
final class HookedIdle implements IdleStrategy {
    private final IdleStrategy waiting = UniverseOptions.defaultIdleStrategy();
    private final Runnable hook;

    HookedIdle(final Runnable hook) {
        this.hook = hook;
    }

    @Override
    public void idle(final int workCount) {
        waiting.idle(workCount);
    }

    @Override
    public void idle() {
        hook.run();
        waiting.idle();
    }

    @Override
    public void reset() {
        waiting.reset();
    }
}
