package dev.lockstep.cli.torture;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateView;
import dev.lockstep.linker.OperationFlyweight;
import dev.lockstep.linker.Replica;
import dev.lockstep.linker.Universe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Compares, at the end of a round, what the journal says with what everybody has seen: a process that has taken no part
 * attaches, joins, and so replays every committed operation.
 */
final class Oracle {
    private final Reporter reporter;
    private final Map<Long, Long> sequences = new HashMap<>();
    private final Map<Long, Long> tags = new HashMap<>();

    private Oracle(final Reporter reporter) {
        this.reporter = reporter;
    }

    /**
     * Verifies a round in which nobody is any more.
     *
     * @return how many operations were committed.
     */
    static long verify(final Path round, final Board board, final Reporter reporter) throws IOException {
        return new Oracle(reporter).verify(round, board);
    }

    private long verify(final Path round, final Board board) throws IOException {
        try (Universe universe = Universe.open(Layouts.forKills(round))) {
            if (!universe.isBootstrapped()) {
                compare(Acknowledgements.readAll(round));
                return 0;
            }
            final RecordingReplica recording = new RecordingReplica(board, reporter, "oracle");
            final InstanceGroup group = universe.joinInstanceGroup(listening(recording));
            final long committed = universe.committedSequence();
            recording.checkComplete(committed);
            final int length = group.readOptimistically(LinkerStateView::tableLength);
            if (length != recording.tableLength()) {
                reporter.found(
                        Finding.LOST,
                        "tables and journal differ: table length=" + length + " replayed=" + recording.tableLength());
            }
            group.shutdownInstanceGroup();
            compare(Acknowledgements.readAll(round));
            return committed;
        }
    }

    private Replica listening(final RecordingReplica recording) {
        return new Replica() {
            @Override
            public void apply(final OperationFlyweight operation) {
                note(operation);
                recording.apply(operation);
            }

            @Override
            public int tableLength() {
                return recording.tableLength();
            }
        };
    }

    private void note(final OperationFlyweight operation) {
        final long tag = Tag.of(operation);
        final Long before = sequences.put(tag, operation.sequence());
        tags.put(operation.sequence(), tag);
        if (before != null) {
            reporter.found(
                    Finding.DUPLICATED,
                    "operation is in the journal twice: operation=" + operation.toOperation() + " sequences=" + before
                            + "," + operation.sequence());
        }
    }

    private void compare(final Iterable<Acknowledgements.Entry> entries) {
        final Set<Long> asked = new HashSet<>();
        for (final Acknowledgements.Entry entry : entries) {
            switch (entry.kind()) {
                case Acknowledgements.ASKED -> asked.add(entry.tag());
                case Acknowledgements.DONE -> done(entry);
                default -> {
                    if (sequences.containsKey(entry.tag())) {
                        reporter.found(
                                Finding.DUPLICATED,
                                "operation was refused and is in the journal: " + entry + " sequence="
                                        + sequences.get(entry.tag()));
                    }
                }
            }
        }
        for (final Map.Entry<Long, Long> operation : sequences.entrySet()) {
            if (operation.getKey() < Tag.ofSlots(0) && !asked.contains(operation.getKey())) {
                reporter.found(
                        Finding.LOST,
                        "operation that nobody has asked for is in the place of another one: tag=" + operation.getKey()
                                + " sequence=" + operation.getValue());
            }
        }
    }

    private void done(final Acknowledgements.Entry entry) {
        final Long sequence = sequences.get(entry.tag());
        if (sequence == null) {
            reporter.found(Finding.LOST, "operation returned and is not in the journal: " + entry);
        } else if (sequence != entry.sequence()) {
            reporter.found(
                    Finding.REORDERED,
                    "operation is elsewhere in the journal: " + entry + " found at=" + sequence + " there="
                            + tags.get(entry.sequence()));
        }
    }
}
