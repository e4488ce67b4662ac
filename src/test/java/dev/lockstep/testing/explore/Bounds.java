package dev.lockstep.testing.explore;

/**
 * How far an exploration goes.
 *
 * @param preemptions switches, in one execution, away from a participant that could go on, or to another one than the next
 *     in line when it could not.
 * @param delays stores, in one execution, that are made visible later than they are issued.
 * @param kills participants that die in one execution.
 */
public record Bounds(int preemptions, int delays, int kills) {
    @Override
    public String toString() {
        return "preemptions<=" + preemptions + " delays<=" + delays + " kills<=" + kills;
    }
}
