package dev.lockstep.mutants;

import java.util.List;
import java.util.stream.Stream;

/** All of them, in the order of the table in {@code native-notes/verification.md}. */
final class Mutants {
    private Mutants() {}

    static List<Mutant> all() {
        return Stream.of(
                        RendezvousMutants.all(),
                        LeaseMutants.all(),
                        StateLockMutants.all(),
                        RedoMutants.all(),
                        RecoveryMutants.all(),
                        ModuleMutants.all(),
                        DamageMutants.all())
                .flatMap(List::stream)
                .toList();
    }
}
