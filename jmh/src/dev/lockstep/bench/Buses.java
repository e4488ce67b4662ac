package dev.lockstep.bench;

/** The buses of {@link OperationBusBenchmark}, by name. */
final class Buses {
    private Buses() {}

    static Bus named(final String name, final int followers) throws InterruptedException {
        return switch (name) {
            case "lockstep_two_rendezvous" -> LockstepBus.withTwoRendezvous(followers);
            case "lockstep_one_rendezvous" -> LockstepBus.withOneRendezvous(followers);
            case "heap_linker" -> new HeapBus(followers);
            case "cyclic_barrier" -> TwoPhaseBus.withCyclicBarrier(followers);
            case "phaser" -> TwoPhaseBus.withPhaser(followers);
            case "latch_pairs" -> new LatchBus(followers);
            case "disruptor" -> new DisruptorBus(followers);
            default -> throw new IllegalArgumentException("no such bus: bus=" + name);
        };
    }
}
