package dev.lockstep.linker;

import dev.lockstep.linker.table.LinkerTables;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.agrona.IoUtil;

/**
 * What a group can be told by a line, so that a test says the same to a group of its own JVM and to one of another JVM.
 * What is acquired is kept until a later command gives it back.
 */
final class GroupCommands {
    private static final int MAIN_SLOTS = 10;
    private static final long MAIN_MEMORY = 65536;

    private final GroupThread self;
    private final Universe universe;
    private final Consumer<String> events;
    private final List<SpawnedGroup> children = new ArrayList<>();

    private volatile InstanceGroup group;
    private volatile ScriptedReplica replica;
    private TopologyToken token;
    private PreparedInstanceGroup prepared;
    private LinkerStateReader reader;
    private LinkerStateWriter writer;
    private long mutexGrant;

    GroupCommands(final GroupThread self, final Universe universe, final Consumer<String> events) {
        this.self = self;
        this.universe = universe;
        this.events = events;
    }

    InstanceGroup group() {
        return group;
    }

    ScriptedReplica replica() {
        return replica;
    }

    String run(final String line) throws Exception {
        final String[] words = line.split(" ");
        final int number = words.length > 1 && words[1].matches("\\d+") ? Integer.parseInt(words[1]) : 0;
        return switch (words[0]) {
            // coming and going
            case "bootstrap" -> bootstrap(argument(words, 1, "plain"));
            case "bootstrap-and-block" -> bootstrapAndBlock();
            case "bootstrap-or-join" -> bootstrapOrJoin(argument(words, 1, "plain"));
            case "join" -> join(argument(words, 1, "plain"));
            case "create" -> create(words[1], argument(words, 2, "plain"));
            case "prepare" -> (prepared = group.prepareForInstanceGroup()).claimTicket();
            case "cancel" -> String.valueOf(prepared.cancel());
            case "spawn" -> spawn(number, false);
            case "spawn-and-keep" -> spawn(number, true);
            case "children" -> dismissChildren();
            case "shutdown" -> done(group::shutdownInstanceGroup);
            case "deaf" -> done(() -> self.setDeaf(true));
            case "hear" -> done(() -> self.setDeaf(false));
            case "safe" -> done(group::enterSafeRegion);
            case "unsafe" -> done(group::exitSafeRegion);
            case "poll" -> String.valueOf(group.doPendingLinkOperations(false));
            case "slot" -> String.valueOf(group.slot());
            case "process" -> String.valueOf(universe.processIndex());
            case "applied" -> String.valueOf(group.appliedSequence());
            case "fingerprint" -> replica.fingerprint();
            // topology lease
            case "acquire" -> String.valueOf((token = group.acquireTopologyToken()).number());
            case "try-acquire" -> tryAcquire();
            case "release" -> done(token::close);
            case "offer" -> token.offer();
            case "revoke" -> String.valueOf(token.revoke());
            case "claim" -> String.valueOf((token = group.claimTopologyToken(words[1])).number());
            // linker state
            case "read" -> String.valueOf((reader = group.readLinkerState()).tableLength());
            case "try-read" -> String.valueOf((reader = group.tryRead()) != null);
            case "unread" -> done(reader::close);
            case "write" -> String.valueOf((writer = group.writeLinkerState()).tableLength());
            case "try-write" -> String.valueOf((writer = group.tryWrite()) != null);
            case "write-with-topology" -> String.valueOf((writer = group.writeLinkerStateWithTopology()).tableLength());
            case "write-holding" ->
                String.valueOf((writer = group.writeLinkerStateHoldingTopology(token)).tableLength());
            case "grow" -> String.valueOf(writer.growTable(number));
            case "commit" -> done(writer::commit);
            case "unwrite" -> done(writer::close);
            case "table-length" -> String.valueOf(group.<Integer>readOptimistically(LinkerStateView::tableLength));
            case "memory-end" -> String.valueOf(group.<Long>readOptimistically(LinkerStateView::memoryEnd));
            case "next-handle" -> String.valueOf(group.<Integer>readOptimistically(LinkerStateView::nextHandle));
            // operations
            case "broadcast" -> broadcast(number);
            case "broadcast-within" -> broadcastWithin(number, Long.parseLong(words[2]));
            case "broadcast-and-look" -> broadcastAndLook(number);
            case "add-and-look" -> addAndLook(number);
            case "broadcast-held" -> broadcastHeld(number);
            case "doze" -> doze(number);
            case "broadcast-each" -> broadcastEach(number, Integer.parseInt(words[2]));
            case "load" -> load(words[1], Integer.parseInt(words[2]));
            case "load-each" -> loadEach(words[1], Integer.parseInt(words[2]));
            case "load-at-once" -> loadAtOnce(words[1], Integer.parseInt(words[2]));
            case "resolve" -> resolve(number, words[2]);
            case "retire" -> retire(number);
            case "ready" -> ready(words[1], Integer.parseInt(words[2]));
            case "unload" -> unload(words);
            case "cycle" -> cycle(number);
            case "retain" -> count(state -> state.retainModule(number));
            case "let-go" -> count(state -> state.releaseModule(number));
            case "references" -> String.valueOf(group.<Integer>readOptimistically(s -> s.moduleReferences(number)));
            case "find-symbol" ->
                String.valueOf(group.<Integer>readOptimistically(s -> s.findSymbol(number, words[2])));
            case "prepare-closure" ->
                done(() ->
                        group.prepareClosure(number, Integer.parseInt(words[2]), Integer.parseInt(words[3]), words[4]));
            case "find-module" -> String.valueOf(group.<Integer>readOptimistically(s -> s.findModule(words[1])));
            case "is-retired" -> String.valueOf(group.<Boolean>readOptimistically(s -> s.isRetired(number)));
            case "memory-of" -> memoryOf(number);
            case "abort" -> done(() -> group.abort(number));
            // closures, modules, mutexes
            case "closure" -> String.valueOf(group.allocateClosureIndex());
            case "closures" -> closures(number);
            case "free" -> done(() -> group.freeClosureIndex(number));
            case "is-closure" -> String.valueOf(group.isClosure(number));
            case "await-module" -> String.valueOf(group.awaitModule(number));
            case "await-circular" -> String.valueOf(group.isAwaitCircular());
            case "await-then-finish" -> awaitThenFinish(number, Integer.parseInt(words[2]));
            case "module-state" -> String.valueOf(group.moduleState(number));
            case "claim-module" -> String.valueOf(group.claimModuleData(number));
            case "advance-module" ->
                done(() ->
                        group.advanceModuleState(number, ModuleState.valueOf(words[2]), ModuleState.valueOf(words[3])));
            case "mutex" -> String.valueOf(mutexGrant = group.acquireMutex(number));
            case "unmutex" -> done(() -> group.releaseMutex(number, mutexGrant));
            case "count" -> count(number, Path.of(words[2]));
            // an aborted universe
            case "entries" -> entriesThatDoNotRefuse();
            default -> throw new IllegalArgumentException("unknown command: " + line);
        };
    }

    /** As a constructor does that loads another module: waits for it, then comes to its end. */
    private String awaitThenFinish(final int awaited, final int own) {
        final String found = group.awaitModule(awaited) + (group.isAwaitCircular() ? " in a circle" : "");
        group.advanceModuleState(own, ModuleState.DATA, ModuleState.CTORS);
        group.advanceModuleState(own, ModuleState.CTORS, ModuleState.READY);
        return found;
    }

    private static String argument(final String[] words, final int index, final String otherwise) {
        return words.length > index ? words[index] : otherwise;
    }

    private static String done(final Runnable action) {
        action.run();
        return "done";
    }

    // ---- coming and going ------------------------------------------------------------------------------------------

    private String bootstrap(final String script) {
        group = universe.bootstrap(newReplica(script), GroupCommands::loadMain);
        return String.valueOf(group.slot());
    }

    private static DlOperation loadMain(final LinkerStateWriter state) {
        state.setMemoryEnd(MAIN_MEMORY);
        final int base = state.growTable(MAIN_SLOTS);
        return new DlOperation.LoadModules(List.of(state.registerModule(
                "main", "", new byte[ModuleRecord.HASH_LENGTH], 0, MAIN_MEMORY, base, MAIN_SLOTS, 0)));
    }

    /** Says first that it is about to. */
    private String bootstrapOrJoin(final String script) {
        events.accept("about to");
        group = universe.bootstrapOrJoin(newReplica(script), GroupCommands::loadMain);
        return String.valueOf(group.slot());
    }

    private String bootstrapAndBlock() {
        universe.bootstrap(newReplica("plain"), state -> {
            state.growTable(MAIN_SLOTS);
            events.accept("setting up");
            while (true) {
                LockSupport.park();
            }
        });
        return "never";
    }

    private String join(final String script) {
        group = universe.joinInstanceGroup(newReplica(script));
        return String.valueOf(group.slot());
    }

    private String create(final String ticket, final String script) {
        group = universe.createInstanceGroup(ticket, newReplica(script));
        return String.valueOf(group.slot());
    }

    private ScriptedReplica newReplica(final String script) {
        replica = new ScriptedReplica(script, events);
        return replica;
    }

    /** Spawns groups one after another, each on a thread of its own, and polls meanwhile. */
    private String spawn(final int count, final boolean keep) {
        for (int i = 0; i < count; i++) {
            final SpawnedGroup child =
                    new SpawnedGroup(universe, group.prepareForInstanceGroup(), self.name() + "-" + i);
            while (!child.isMade()) {
                group.cooperate();
            }
            if (keep) {
                children.add(child);
            } else {
                child.dismiss();
            }
        }
        return String.valueOf(count);
    }

    /** Fingerprints of the children, which then shut down; each once, if they agree just one. */
    private String dismissChildren() {
        final StringJoiner fingerprints = new StringJoiner(" ");
        children.stream().map(SpawnedGroup::dismiss).distinct().forEach(fingerprints::add);
        children.clear();
        return fingerprints.toString();
    }

    /** The end of the thread: nothing of the group's is left behind, whatever it held. */
    void leave() {
        children.forEach(SpawnedGroup::dismiss);
        if (group != null && !group.isDead()) {
            try {
                group.shutdownInstanceGroup();
            } catch (final LockOrderException held) {
                group.abandon();
            }
        }
    }

    private String tryAcquire() {
        final TopologyToken tried = group.tryAcquireTopologyToken();
        if (tried == null) {
            return "none";
        }
        token = tried;
        return String.valueOf(tried.number());
    }

    // ---- operations ------------------------------------------------------------------------------------------------

    private String broadcast(final int slots) {
        return broadcastWithin(slots, 0);
    }

    private String broadcastWithin(final int slots, final long millis) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int base = state.growTable(slots);
            group.synchronizeLinkOperation(
                    state, new DlOperation.AllocateFunctionTable(base, slots), millis, TimeUnit.MILLISECONDS);
            return String.valueOf(base);
        }
    }

    /** Fails unless every running group has applied the operation by the time that it returns. */
    private String broadcastAndLook(final int slots) {
        final String base = broadcast(slots);
        requireApplied();
        return base;
    }

    private void requireApplied() {
        final GroupSlots all = group.participant().shared.slots;
        for (int slot = 0; slot < all.count(); slot++) {
            if (all.isRunning(slot) && !all.hasApplied(slot, group.appliedSequence())) {
                throw new AssertionError(
                        "group has not applied: slot=" + slot + " sequence=" + group.appliedSequence());
            }
        }
    }

    private String addAndLook(final int slots) {
        final String base;
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            base = String.valueOf(state.growTable(slots));
            group.addLinkOperation(state, new DlOperation.AllocateFunctionTable(Integer.parseInt(base), slots));
        }
        requireApplied();
        return base;
    }

    private String broadcastHeld(final int slots) {
        final int base = writer.growTable(slots);
        group.synchronizeLinkOperation(writer, new DlOperation.AllocateFunctionTable(base, slots));
        return String.valueOf(base);
    }

    private String doze(final int times) {
        for (int i = 0; i < times; i++) {
            group.enterSafeRegion();
            Thread.yield();
            group.exitSafeRegion();
            group.doPendingLinkOperations(true);
        }
        return String.valueOf(times);
    }

    private String broadcastEach(final int count, final int slots) {
        for (int i = 0; i < count; i++) {
            broadcast(slots);
        }
        return String.valueOf(group.appliedSequence());
    }

    private String load(final String name, final int slots) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final long memory = state.allocateMemory(1000, 16);
            final int base = state.allocateTable(slots, 1);
            final ModuleRecord module = state.registerModule(
                    name, "lib/" + name, new byte[ModuleRecord.HASH_LENGTH], memory, 1000, base, slots, 0);
            group.synchronizeLinkOperation(state, new DlOperation.LoadModules(List.of(module)));
            return String.valueOf(module.handle());
        }
    }

    private String loadAtOnce(final String prefix, final int count) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final List<ModuleRecord> modules = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                modules.add(state.registerModule(
                        prefix + i, "", new byte[ModuleRecord.HASH_LENGTH], 0, 0, state.growTable(1), 1, 0));
            }
            group.synchronizeLinkOperation(state, new DlOperation.LoadModules(modules));
            return String.valueOf(count);
        }
    }

    private String loadEach(final String prefix, final int count) {
        for (int i = 0; i < count; i++) {
            load(prefix + i, 1 + i % 7);
        }
        return String.valueOf(count);
    }

    private String resolve(final int handle, final String name) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int index = state.allocateTable(1, 1);
            state.recordSymbol(handle, name, index);
            group.synchronizeLinkOperation(state, new DlOperation.ResolveFunction(name, handle, index));
            return String.valueOf(index);
        }
    }

    private String retire(final int handle) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final boolean retired = state.retireModule(handle);
            if (retired) {
                group.synchronizeLinkOperation(state, new DlOperation.RetireModule(handle));
            } else {
                state.commit();
            }
            return String.valueOf(retired);
        }
    }

    private String ready(final String name, final int slots) {
        final int handle = Integer.parseInt(load(name, slots));
        group.advanceModuleState(handle, ModuleState.DATA, ModuleState.CTORS);
        group.advanceModuleState(handle, ModuleState.CTORS, ModuleState.READY);
        return String.valueOf(handle);
    }

    /** Unloads modules, all with one commit. */
    private String unload(final String... words) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final List<ModuleRecord> modules = new ArrayList<>();
            for (int i = 1; i < words.length; i++) {
                modules.add(state.module(Integer.parseInt(words[i])));
                if (!state.unloadModule(Integer.parseInt(words[i]))) {
                    return "false";
                }
                state.enqueue(new DlOperation.RetireModule(Integer.parseInt(words[i])));
            }
            modules.forEach(module -> state.releaseTable(module.handle(), module.tableBase(), module.tableSize()));
            group.synchronizeEnqueued(state);
            return "true";
        }
    }

    /** Loads a module, resolves two of its functions and unloads it, so often; {@return what is used of the tables} */
    private String cycle(final int times) {
        for (int i = 0; i < times; i++) {
            final int handle = Integer.parseInt(ready("cycle", 3));
            resolve(handle, "one");
            resolve(handle, "a function whose name is longer");
            unload("", String.valueOf(handle));
        }
        try (LinkerStateReader state = group.readLinkerState()) {
            final LinkerTables tables = state.tables();
            return state.tableLength() + " " + state.memoryEnd() + " " + tables.symbolCount() + " "
                    + tables.nameBytesUsed() + " " + tables.extentCount();
        }
    }

    private String count(final ToIntFunction<LinkerStateWriter> change) {
        try (LinkerStateWriter state = group.writeLinkerState()) {
            final int references = change.applyAsInt(state);
            state.commit();
            return String.valueOf(references);
        }
    }

    private String memoryOf(final int handle) {
        try (LinkerStateReader state = group.readLinkerState()) {
            final ModuleRecord module = state.module(handle);
            return module.memoryBase() + "+" + module.memorySize();
        }
    }

    private String closures(final int count) {
        final StringJoiner indices = new StringJoiner(" ");
        for (int i = 0; i < count; i++) {
            indices.add(String.valueOf(group.allocateClosureIndex()));
        }
        return indices.toString();
    }

    /** Adds to a plain counter in a file under mutex 0, and checks that the grants come in order. */
    private String count(final int times, final Path file) throws IOException {
        final MappedByteBuffer memory;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, 2 * Long.BYTES);
        }
        try {
            for (int i = 0; i < times; i++) {
                final long grant = group.acquireMutex(0);
                final long last = memory.getLong(Long.BYTES);
                if (grant <= last) {
                    throw new AssertionError("grants out of order: grant=" + grant + " after=" + last);
                }
                memory.putLong(Long.BYTES, grant);
                memory.putLong(0, memory.getLong(0) + 1);
                group.releaseMutex(0, grant);
            }
        } finally {
            IoUtil.unmap(memory);
        }
        return String.valueOf(times);
    }

    // ---- an aborted universe ---------------------------------------------------------------------------------------

    private interface Entry {
        void enter() throws Exception;
    }

    /**
     * Tries every entry of the group and of the universe that could do something to the shared state.
     *
     * @return names of those that did not refuse, or not as the others did.
     */
    private String entriesThatDoNotRefuse() {
        final SynchronizationAbortedException first = group.participant().shared.aborted();
        final StringJoiner wrong = new StringJoiner(", ");
        final String ticket = "lockstep-claim:" + universe.id() + ":0:1";
        final Object[][] entries = {
            {"doPendingLinkOperations(fast)", (Entry) () -> group.doPendingLinkOperations(true)},
            {"doPendingLinkOperations", (Entry) () -> group.doPendingLinkOperations(false)},
            {"cooperate", (Entry) () -> group.cooperate()},
            {"enterSafeRegion", (Entry) () -> group.enterSafeRegion()},
            {"tryAcquireTopologyToken", (Entry) () -> group.tryAcquireTopologyToken()},
            {"acquireTopologyToken", (Entry) () -> group.acquireTopologyToken()},
            {"acquireTopology", (Entry) () -> group.acquireTopology()},
            {"claimTopologyToken", (Entry) () -> group.claimTopologyToken(ticket)},
            {"prepareForInstanceGroup", (Entry) () -> group.prepareForInstanceGroup()},
            {"tryRead", (Entry) () -> group.tryRead()},
            {"readLinkerState", (Entry) () -> group.readLinkerState()},
            {"tryWrite", (Entry) () -> group.tryWrite()},
            {"writeLinkerState", (Entry) () -> group.writeLinkerState()},
            {"writeLinkerStateWithTopology", (Entry) () -> group.writeLinkerStateWithTopology()},
            {"readOptimistically", (Entry) () -> group.<Integer>readOptimistically(LinkerStateView::tableLength)},
            {"tryOptimisticRead", (Entry) () -> group.tryOptimisticRead()},
            {"allocateClosureIndex", (Entry) () -> group.allocateClosureIndex()},
            {"freeClosureIndex", (Entry) () -> group.freeClosureIndex(1)},
            {"isClosure", (Entry) () -> group.isClosure(1)},
            {"moduleState", (Entry) () -> group.moduleState(1)},
            {"moduleOwner", (Entry) () -> group.moduleOwner(1)},
            {"claimModuleData", (Entry) () -> group.claimModuleData(1)},
            {"advanceModuleState", (Entry) () -> group.advanceModuleState(1, ModuleState.DATA, ModuleState.CTORS)},
            {"awaitModule", (Entry) () -> group.awaitModule(1)},
            {"tryAcquireMutex", (Entry) () -> group.tryAcquireMutex(0)},
            {"acquireMutex", (Entry) () -> group.acquireMutex(0)},
            {"joinInstanceGroup", (Entry) () -> universe.joinInstanceGroup(new FunctionTable())},
            {"createInstanceGroup", (Entry) () -> universe.createInstanceGroup(ticket, new FunctionTable())},
            {"bootstrap", (Entry) () -> universe.bootstrap(new FunctionTable(), state -> null)},
            {"bootstrapOrJoin", (Entry) () -> universe.bootstrapOrJoin(new FunctionTable(), state -> null)},
        };
        for (final Object[] entry : entries) {
            try {
                ((Entry) entry[1]).enter();
                wrong.add(entry[0] + " does not refuse");
            } catch (final SynchronizationAbortedException aborted) {
                if (aborted.code() != first.code()
                        || aborted.slot() != first.slot()
                        || aborted.sequence() != first.sequence()) {
                    wrong.add(entry[0] + " says " + aborted.getMessage());
                }
            } catch (final Exception other) {
                wrong.add(entry[0] + " throws " + other);
            }
        }
        return wrong.toString();
    }
}
