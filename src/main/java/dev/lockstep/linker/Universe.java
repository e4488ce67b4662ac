package dev.lockstep.linker;

import dev.lockstep.region.Layout;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.agrona.concurrent.IdleStrategy;

/**
 * The shared state of one WebAssembly process, attached to by this JVM: one directory with mapped files, and the instance
 * groups that coordinate through them.
 *
 * <pre>{@code
 * try (Universe universe = Universe.open(UniverseConfig.named("plugins"))) {
 *     InstanceGroup main = universe.bootstrap(replica, state -> …);
 *     …
 *     main.shutdownInstanceGroup();
 * }
 * }</pre>
 *
 * <p>A thread can have several groups, of which one runs and the others are in their safe regions: making a group on a
 * thread where another one runs is refused by an {@link IllegalStateException}.
 *
 * <p>Attaching twice in one JVM shares one attachment, which ends with the last {@link #close()}. Thread-safe.
 */
public final class Universe implements AutoCloseable {
    private final Attachment attachment;
    private final UniverseOptions options;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Universe(final Attachment attachment, final UniverseOptions options) {
        this.attachment = attachment;
        this.options = options;
    }

    /**
     * Attaches to the universe in the configured directory; creates it first if it is not there. JVMs that do so at the
     * same moment agree on one.
     *
     * @param config where, and for the creator: how large, whose and with what policy.
     * @return the universe.
     * @throws dev.lockstep.region.UniverseException if what is there cannot be attached to; the message says why and what
     *     to do.
     * @throws IOException if the files cannot be made or mapped.
     * @throws IllegalStateException if JVM flags are missing; the message says which.
     */
    public static Universe open(final UniverseConfig config) throws IOException {
        return open(config, UniverseOptions.defaults());
    }

    /**
     * As {@link #open(UniverseConfig)}, with options for this JVM's part.
     *
     * @param config as there.
     * @param options of this JVM.
     * @return the universe.
     * @throws IOException as there.
     */
    public static Universe open(final UniverseConfig config, final UniverseOptions options) throws IOException {
        Objects.requireNonNull(options, "options");
        return new Universe(Attachment.acquire(config, options), options);
    }

    /** {@return directory of the universe} */
    public Path directory() {
        return attachment.directory();
    }

    /** {@return the universe's identity, in hexadecimal: another universe in the same directory has another one} */
    public String id() {
        return attachment.id();
    }

    /** {@return layout and capacities of the universe} */
    public Layout layout() {
        return attachment.shared().layout;
    }

    /** {@return this JVM's place in the process table} */
    public int processIndex() {
        return attachment.process();
    }

    /**
     * {@return whether a process is attached at a place of the process table}
     *
     * @param index from 0.
     */
    public boolean isProcessAttached(final int index) {
        attachment.enter(closed);
        try {
            return attachment.isProcessAttached(index);
        } finally {
            attachment.leave();
        }
    }

    /**
     * {@return generation of the process that is attached at a place of the process table, or 0 if nobody is; place and
     * generation together name one process' stay for good}
     *
     * @param index from 0.
     */
    public long processGeneration(final int index) {
        return attachment.processGeneration(index);
    }

    /** {@return whether there is, or was, a main group} */
    public boolean isBootstrapped() {
        attachment.enter(closed);
        try {
            return attachment.shared().isBootstrapped();
        } finally {
            attachment.leave();
        }
    }

    /** {@return sequence of the last operation that was committed} */
    public long committedSequence() {
        attachment.enter(closed);
        try {
            return ControlWord.sequence(attachment.shared().control());
        } finally {
            attachment.leave();
        }
    }

    /**
     * Makes the main group, bound to the calling thread, and sets the linker state up. Only while exactly one group, this
     * one, exists.
     *
     * @param replica of the group.
     * @param setUp changes the state and returns the operation by which other groups learn of it (LoadModules of main, as
     *     a rule), or null if they need not.
     * @return the group, running.
     * @throws IllegalStateException if the universe was bootstrapped before or other groups exist; nothing is changed.
     */
    public InstanceGroup bootstrap(final Replica replica, final Function<LinkerStateWriter, DlOperation> setUp) {
        attachment.enter(closed);
        try {
            return attachment.groupFactory().bootstrap(replica, waiting(), setUp);
        } finally {
            attachment.leave();
        }
    }

    /**
     * Makes the main group, as {@link #bootstrap} does, or, if there is or was one, another group, as {@link
     * #joinInstanceGroup} does. Of several that do so at the same moment, in any JVMs, one bootstraps and the others wait for
     * it; if it fails or dies before it has changed anything, another one takes its place.
     *
     * @param replica of the group, as it is before any operation.
     * @param setUp as there; not called if the group joins.
     * @return the group, running, with everything applied.
     * @throws IllegalStateException if other groups stay where there is no main group, or the replica fails to apply.
     */
    public InstanceGroup bootstrapOrJoin(final Replica replica, final Function<LinkerStateWriter, DlOperation> setUp) {
        attachment.enter(closed);
        try {
            return attachment.groupFactory().bootstrapOrJoin(replica, waiting(), setUp);
        } finally {
            attachment.leave();
        }
    }

    /**
     * Makes a group that nobody has prepared, bound to the calling thread: it replays the journal while nobody waits for
     * it, then takes the topology lease in turn and joins.
     *
     * @param replica of the group, as it is before any operation.
     * @return the group, running, with everything applied.
     * @throws IllegalStateException if the universe is not bootstrapped, or the replica fails to apply.
     */
    public InstanceGroup joinInstanceGroup(final Replica replica) {
        attachment.enter(closed);
        try {
            return attachment.groupFactory().join(replica, waiting());
        } finally {
            attachment.leave();
        }
    }

    /**
     * Makes a group that another one of this JVM has prepared, bound to the calling thread.
     *
     * @param prepared by {@link InstanceGroup#prepareForInstanceGroup()}.
     * @param replica of the group, as it is before any operation.
     * @return the group, running, with everything applied.
     * @throws IllegalStateException if the offer is gone, or the replica fails to apply.
     */
    public InstanceGroup createInstanceGroup(final PreparedInstanceGroup prepared, final Replica replica) {
        return createInstanceGroup(prepared.claimTicket(), replica);
    }

    /**
     * Makes a group that another one, in this or another JVM, has prepared, bound to the calling thread.
     *
     * @param claimTicket from {@link PreparedInstanceGroup#claimTicket()}.
     * @param replica of the group, as it is before any operation.
     * @return the group, running, with everything applied.
     * @throws IllegalArgumentException if the text is no claim ticket of this universe.
     * @throws IllegalStateException if the offer is gone, or the replica fails to apply.
     */
    public InstanceGroup createInstanceGroup(final String claimTicket, final Replica replica) {
        attachment.enter(closed);
        try {
            return attachment.groupFactory().create(claimTicket, replica, waiting());
        } finally {
            attachment.leave();
        }
    }

    private IdleStrategy waiting() {
        return options.idleStrategy().get();
    }

    /**
     * Detaches. The last close of this JVM tells the threads inside to leave (their next call, or the one that they wait
     * in, throws {@link UniverseClosedException}) and waits for that, then unmaps; the files stay for whoever else is
     * attached, or attaches later. Idempotent.
     *
     * @throws IllegalStateException if threads are still inside after ten seconds; then the files stay mapped until this
     *     JVM ends, so that nobody touches memory that is gone.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            attachment.release();
        }
    }
}
