package dev.lockstep.cli.bench;

import java.util.List;
import java.util.stream.Collectors;

/** The rows, in the order of the table. */
final class Measurements {
    static final List<Measurement> ALL = List.of(
            new CasRelease(),
            new PingPong(),
            new PollIdle(),
            new LeasePair(),
            new StateWritePair(),
            new StateReadOptimistic(),
            new SafeRegionPair(),
            OperationTwoProcesses.withTwoRendezvous(),
            OperationTwoProcesses.withOneRendezvous(),
            new OperationEightGroups(),
            new OperationThousandGroups(),
            new LeaseContenders(),
            new WakeSleeping(),
            new OperationsBatched(),
            new Replay(),
            new Attach());

    private Measurements() {}

    static Measurement named(final String name) {
        return ALL.stream()
                .filter(measurement -> measurement.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such row: " + name + ", choose from "
                        + ALL.stream().map(Measurement::name).collect(Collectors.joining(", "))));
    }
}
