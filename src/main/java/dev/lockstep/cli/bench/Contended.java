package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.Scratch;
import dev.lockstep.linker.InstanceGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/** A lock that contenders ask for. */
interface Contended extends AutoCloseable {
    /** Makes a lock for a segment. */
    interface Factory {
        Contended create(int segment) throws Exception;
    }

    /** One thread's way to it; confined to that thread. */
    interface Contender {
        /** Waits for the lock and takes it. */
        void take();

        /** Gives it back. */
        void give();

        /** Answers what is pending, if anything can be. */
        void poll();

        /** The thread asks no more. */
        void leave();
    }

    /** {@return the calling thread's way to the lock} */
    Contender contender();

    @Override
    default void close() throws IOException {}

    /** {@return the topology lease of a universe of its own, each contender being a group} */
    static Contended lease(final Path directory) throws IOException {
        final BenchUniverse bench = BenchUniverse.open(Files.createDirectory(directory), 0);
        bench.bootstrap().enterSafeRegion();
        return new Contended() {
            @Override
            public Contender contender() {
                final InstanceGroup group = bench.join();
                return new Contender() {
                    private long grant;

                    @Override
                    public void take() {
                        grant = group.acquireTopology();
                    }

                    @Override
                    public void give() {
                        group.releaseTopology(grant);
                    }

                    @Override
                    public void poll() {
                        group.doPendingLinkOperations(true);
                    }

                    @Override
                    public void leave() {
                        group.shutdownInstanceGroup();
                    }
                };
            }

            @Override
            public void close() throws IOException {
                bench.close();
                Scratch.remove(directory);
            }
        };
    }

    /** {@return the origin's topology lease on the heap, each contender being a group} */
    static Contended heapLease() {
        final HeapLinker linker = new HeapLinker();
        return () -> {
            final HeapGroup group = linker.join(operation -> {});
            return new Contender() {
                @Override
                public void take() {
                    group.acquireTopology();
                }

                @Override
                public void give() {
                    group.releaseTopology();
                }

                @Override
                public void poll() {
                    group.doPendingLinkOperations(true);
                }

                @Override
                public void leave() {
                    group.shutdownInstanceGroup();
                }
            };
        };
    }

    /** {@return the JDK's fair mutex} */
    static Contended fairLock() {
        final ReentrantLock lock = new ReentrantLock(true);
        final Contender contender = new Contender() {
            @Override
            public void take() {
                lock.lock();
            }

            @Override
            public void give() {
                lock.unlock();
            }

            @Override
            public void poll() {}

            @Override
            public void leave() {}
        };
        return () -> contender;
    }
}
