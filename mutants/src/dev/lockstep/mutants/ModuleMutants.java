package dev.lockstep.mutants;

import static dev.lockstep.mutants.Mutant.mutant;

import java.util.List;

/** Faults of waiting for modules: circles that are missed, and circles that are made up. */
final class ModuleMutants {
    private static final String WAIT = "linker/ModuleWait.java";
    private static final String GROUP = "linker/InstanceGroup.java";
    private static final String SLOTS = "linker/GroupSlots.java";

    private ModuleMutants() {}

    static List<Mutant> all() {
        return List.of(
                mutant("who waits for a module does not look for circles")
                        .drop(GROUP, "|| moduleWait.isCircular()")
                        .caughtBy(Catcher.CIRCLE),
                mutant("who waits for a module looks without a fence")
                        .drop(WAIT, "shared.buffer.fullFence();")
                        .caughtBy(Catcher.CIRCLE_LATE),
                mutant("who waits for a module looks before it says so")
                        .drop(WAIT, "shared.slots.waitFor(slot, handle);")
                        .change(
                                WAIT,
                                "if (!leadsBack(way)) { return false; }",
                                "if (!leadsBack(way)) { if (GroupSlots.awaitedModule(shared.slots.waitsFor(slot)) !="
                                        + " awaited) { shared.slots.waitFor(slot, awaited); } return false; }")
                        .caughtBy(Catcher.CIRCLE),
                mutant("circle is followed once")
                        .change(WAIT, "return leadsBack(wayAgain) && wayAgain.equals(way);", "return true;")
                        .caughtBy(Catcher.CHAIN),
                mutant("dead group is a part of the circle")
                        .drop(WAIT, "shared.checkForDeaths();")
                        .caughtBy(Catcher.CIRCLE_DEATH),
                mutant("who waits no more does not say so")
                        .drop(WAIT, "shared.slots.waitFor(slot, 0);")
                        .caughtBy(Catcher.CIRCLE_AGAIN),
                mutant("slot is claimed with what its last group waited for")
                        .drop(SLOTS, "waitFor(slot, 0);")
                        .caughtBy(Catcher.NEXT_GROUP),
                mutant("module is waited for that is in nobody's hands")
                        .drop(GROUP, "moduleWait.refuseStray();")
                        .caughtBy(Catcher.MODULE_OF_NOBODY),
                mutant("module is in nobody's hands at the first look")
                        .drop(WAIT, "&& shared.moduleStates.word(awaited) == word")
                        .caughtBy(Catcher.DESERTED));
    }
}
