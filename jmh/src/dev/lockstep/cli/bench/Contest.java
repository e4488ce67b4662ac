package dev.lockstep.cli.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * A row or two of the comparison between JVMs. Immutable.
 *
 * @param name of the contestant; its parts' names follow it.
 * @param text what it is, for people.
 * @param need what this JVM must be or have.
 * @param options of the two JVMs beside those that Lockstep needs.
 * @param opener opens an end of it.
 */
record Contest(String name, String text, Need need, List<String> options, Opener opener) {
    /** Opens an end: first in the first JVM, then in the second. */
    interface Opener {
        Contestant open(Ground ground) throws Exception;
    }

    /** Looks whether a contest can be held here. */
    interface Need {
        /** {@return why not, or null if it can} */
        String missing();

        Need NOTHING = () -> null;
    }

    /**
     * Where an end is opened.
     *
     * @param directory of both JVMs, empty when the first one comes.
     * @param role 0 for the first JVM, 1 for the second.
     * @param plan how long it will be measured.
     * @param line the words that both JVMs share.
     */
    record Ground(Path directory, int role, BetweenPlan plan, SharedLine line) {
        boolean isFirst() {
            return role == 0;
        }
    }
}
