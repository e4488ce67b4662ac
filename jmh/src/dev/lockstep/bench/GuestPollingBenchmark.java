package dev.lockstep.bench;

import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.UniverseLinker;
import dev.lockstep.engine.treesitter.ParsedTree;
import dev.lockstep.engine.treesitter.TreeSitterGuest;
import dev.lockstep.engine.treesitter.TreeSitterHost;
import dev.lockstep.linker.UniverseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs a guest that it polls for operations at each function prologue: web-tree-sitter parses JavaScript, with polls and
 * without. The modules are those that {@code bin/fetch-modules} has fetched, or lie where {@code -Dlockstep.modules} says.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 4)
@Measurement(iterations = 5, time = 3)
@Fork(
        value = 3,
        jvmArgsPrepend = {
            "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-exports", "java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports", "java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens", "java.base/java.lang.reflect=ALL-UNNAMED"
        })
public class GuestPollingBenchmark {
    private static final int JOURNAL_BYTES = 1 << 20;
    private static final int GUEST_MUTEX = 0;

    /** Whether the guest polls. */
    @Param({"none", "poll"})
    public String polling;

    /** How often the text is repeated. */
    int copies = 20;

    private BenchUniverse bench;
    private GuestProcess process;
    private ModulePreparation preparation;
    private UniverseLinker linker;
    private TreeSitterGuest guest;
    private int language;
    private String text;

    /** Opens a universe, loads the parser and a grammar, and reads the text. */
    @Setup
    public void open() throws IOException {
        final Path modules = Path.of(System.getProperty("lockstep.modules", ".lockstep/npm/node_modules"));
        bench = new BenchUniverse(JOURNAL_BYTES, UniverseOptions::defaultIdleStrategy);
        process = GuestProcess.open(
                bench.universe.directory(),
                modules.resolve("web-tree-sitter/web-tree-sitter.wasm"),
                ChicoryEngine.INSTANCE);
        preparation = ModulePreparation.start(bench.universe, process);
        final TreeSitterHost host = new TreeSitterHost();
        final GuestReplica replica = process.newReplica(host);
        linker = UniverseLinker.bootstrap(bench.universe, replica, process, preparation, GUEST_MUTEX);
        final int handle = linker.loadModule(modules.resolve("tree-sitter-javascript/tree-sitter-javascript.wasm"));
        final int slot = linker.resolveFunction(handle, "tree_sitter_javascript");
        guest = new TreeSitterGuest(replica, host);
        language = guest.language(replica.slot(slot));
        text = Files.readString(Path.of("corpus/javascript/scheduler.js")).repeat(copies);
        if (polling.equals("none")) {
            poll(false);
        }
    }

    /** Sets whether the guest polls for operations from now on. */
    void poll(final boolean polls) {
        linker.replica().pollWith(polls ? () -> linker.group().doPendingLinkOperations(true) : null);
    }

    /** Sets what the guest does where it would poll. */
    void pollWith(final Runnable poll) {
        linker.replica().pollWith(poll);
    }

    /** Closes and removes it. */
    @TearDown
    public void close() throws IOException {
        guest.close();
        linker.group().shutdownInstanceGroup();
        preparation.close();
        process.close();
        bench.close();
    }

    /** One parse. */
    @Benchmark
    public ParsedTree parse() {
        return guest.parse(language, text);
    }
}
