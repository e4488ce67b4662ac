package dev.lockstep.mutants;

import java.util.ArrayList;
import java.util.List;

/**
 * One fault.
 *
 * @param name of it.
 * @param edits that make it.
 * @param catcher that sees it, or that is run to show that it sees nothing.
 * @param survives why nothing can see it; null if the catcher does.
 */
record Mutant(String name, List<Edit> edits, Catcher catcher, String survives) {
    static Draft mutant(final String name) {
        return new Draft(name);
    }

    boolean isToBeCaught() {
        return survives == null;
    }

    /** A mutant that is being described. */
    static final class Draft {
        private final String name;
        private final List<Edit> edits = new ArrayList<>();

        private Draft(final String name) {
            this.name = name;
        }

        Draft change(final String file, final String find, final String replacement) {
            edits.add(new Edit(file, find, replacement));
            return this;
        }

        Draft drop(final String file, final String find) {
            return change(file, find, "");
        }

        Mutant caughtBy(final Catcher catcher) {
            return new Mutant(name, List.copyOf(edits), catcher, null);
        }

        /** Nothing sees it, for that reason; the catcher is the one that would be the first to. */
        Mutant survives(final Catcher catcher, final String reason) {
            return new Mutant(name, List.copyOf(edits), catcher, reason);
        }
    }
}
