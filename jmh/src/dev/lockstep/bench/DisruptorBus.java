package dev.lockstep.bench;

import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BatchEventProcessorBuilder;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.YieldingWaitStrategy;

/**
 * LMAX Disruptor: one event, every follower a processor of its own, and the instigator waits until the sequences of all have
 * come to it. One rendezvous: followers do not stop before the event is there. Both sides spin a little and then yield.
 */
final class DisruptorBus implements Bus {
    private static final int SLOTS = 1_024;

    /** An event. */
    private static final class Operation {
        private long number;
    }

    /** What a follower does with it. */
    private static final class Applying implements EventHandler<Operation> {
        private long applied;

        @Override
        public void onEvent(final Operation operation, final long sequence, final boolean endOfBatch) {
            applied++;
            Followers.requireApplied(applied, operation.number);
        }
    }

    private final RingBuffer<Operation> ring =
            RingBuffer.createSingleProducer(Operation::new, SLOTS, new YieldingWaitStrategy());
    private final Sequence[] sequences;
    private final BatchEventProcessor<?>[] processors;
    private final Applying[] applying;
    private final Followers followers;
    private long told;

    DisruptorBus(final int count) throws InterruptedException {
        sequences = new Sequence[count];
        processors = new BatchEventProcessor<?>[count];
        applying = new Applying[count];
        for (int i = 0; i < count; i++) {
            applying[i] = new Applying();
            processors[i] = new BatchEventProcessorBuilder().build(ring, ring.newBarrier(), applying[i]);
            sequences[i] = processors[i].getSequence();
        }
        ring.addGatingSequences(sequences);
        final int[] next = new int[1];
        followers = new Followers(count, joined -> {
            final BatchEventProcessor<?> mine;
            synchronized (next) {
                mine = processors[next[0]++];
            }
            joined.countDown();
            mine.run();
        });
        followers.awaitJoined();
    }

    @Override
    public void operate() {
        final long sequence = ring.next();
        ring.get(sequence).number = ++told;
        ring.publish(sequence);
        for (final Sequence follower : sequences) {
            int idle = 0;
            while (follower.get() < sequence) {
                idle = Followers.idle(idle);
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (final BatchEventProcessor<?> processor : processors) {
            processor.halt();
        }
        followers.join();
        for (final Applying follower : applying) {
            Followers.requireApplied(follower.applied, told);
        }
    }
}
