package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.cli.demo.DemoModules;
import dev.lockstep.cli.demo.Language;
import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.ModulePreparer;
import dev.lockstep.engine.ModuleSearch;
import dev.lockstep.engine.ModuleStore;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.treesitter.ParsedTree;
import dev.lockstep.linker.LinkerStateReader;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseOptions;
import dev.lockstep.region.ConstructorPolicy;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One group in this JVM and one in another, in a real universe; and JVMs that refuse, hang and die. */
class TwoJvmLinkerTest {
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto");

    /** Nodes and the first digits of the tree's hash; the trees are those of another engine (V8). */
    private static final String JSON_TREE = "751 91e849e9c0adbe84";

    private static final String JAVASCRIPT_TREE = "1011 23b990532934c4a2";
    private static final Path JSON_FILE = Path.of("corpus/json/fleet.json");
    private static final Path JAVASCRIPT_FILE = Path.of("corpus/javascript/scheduler.js");

    @TempDir
    Path directory;

    private volatile Runnable onIdle = () -> {};
    private final AtomicInteger hookCalls = new AtomicInteger();
    private DemoModules modules;
    private Universe universe;
    private GuestProcess process;
    private ModulePreparation preparation;
    private TestGroup group;

    @BeforeEach
    void open() throws Exception {
        modules = RealModules.get();
        universe = Universe.open(
                UniverseConfig.at(directory.resolve("universe")).withConstructorPolicy(ConstructorPolicy.CONTINUE),
                UniverseOptions.defaults().idleStrategy(() -> new HookedIdle(() -> onIdle.run())));
        process = open(universe, modules);
        preparation = ModulePreparation.start(universe, process);
        group = TestGroup.bootstrap(universe, process, preparation, hookCalls::incrementAndGet);
    }

    private static GuestProcess open(final Universe universe, final DemoModules modules) throws IOException {
        return GuestProcess.open(
                universe.directory(),
                ModuleSource.of(modules.main()),
                ModuleCache.shared(ChicoryEngine.INSTANCE),
                GuestOptions.defaults()
                        .withSearch(ModuleSearch.of(List.of(universe.directory().getParent()))));
    }

    @AfterEach
    void close() throws IOException {
        group.close();
        preparation.close();
        universe.close();
        process.close();
    }

    /** What both JVMs do: load a grammar, parse a file, tell the handle and the tree. */
    private static String parse(final TestGroup by, final Path grammar, final Language language, final Path file)
            throws Exception {
        final ParsedTree tree = by.parse(by.language(grammar, language.function()), Files.readString(file));
        return by.linker().loadModule(grammar) + " " + tree.nodes() + " "
                + tree.expression().hex().substring(0, 16);
    }

    private Future<String> parse(final Language language, final Path file) {
        return group.submit(() -> parse(group, modules.grammar(language), language, file));
    }

    /** A group that joins; obeys "parse LANGUAGE FILE", "load FILE", "fingerprint" and "leave". */
    static final class WorkerMain {
        private static void halt() {
            ForkedJvm.say("running");
            ForkedJvm.nextLine();
            Runtime.getRuntime().halt(3);
        }

        public static void main(final String[] args) throws Exception {
            final DemoModules modules = DemoModules.in(Path.of(args[1]));
            try (Universe universe = Universe.open(UniverseConfig.at(Path.of(args[0])));
                    GuestProcess process = TwoJvmLinkerTest.open(universe, modules);
                    ModulePreparation preparation = ModulePreparation.start(universe, process);
                    TestGroup group = TestGroup.join(universe, process, preparation, WorkerMain::halt)) {
                ForkedJvm.say("joined " + universe.processIndex());
                while (true) {
                    final String[] words = ForkedJvm.nextLine().split(" ");
                    switch (words[0]) {
                        case "parse" -> {
                            final Language language = Language.valueOf(words[1]);
                            ForkedJvm.say(group.call(
                                    () -> parse(group, modules.grammar(language), language, Path.of(words[2]))));
                        }
                        case "load" ->
                            ForkedJvm.say(
                                    group.call(() -> "handle " + group.linker().loadModule(Path.of(words[1]))));
                        case "fingerprint" ->
                            ForkedJvm.say(group.call(() -> group.replica().fingerprint()));
                        default -> {
                            ForkedJvm.say("left");
                            return;
                        }
                    }
                }
            }
        }
    }

    private ForkedJvm startWorker() {
        return ForkedJvm.startWith(
                QUICK_START,
                WorkerMain.class,
                universe.directory().toString(),
                modules.directory().toString());
    }

    /** A process without groups that says what it is asked to prepare, and then refuses, or never answers. */
    static final class PreparerMain {
        public static void main(final String[] args) throws Exception {
            final boolean refuses = args[1].equals("refuse");
            try (Universe universe = Universe.open(UniverseConfig.at(Path.of(args[0])))) {
                final ModuleStore store = ModuleStore.in(universe.directory());
                final ModulePreparer preparer = new ModulePreparer() {
                    @Override
                    public ModuleStore store() {
                        return store;
                    }

                    @Override
                    public void prepare(final ContentHash hash) {
                        ForkedJvm.say("asked " + hash);
                        while (!refuses) {
                            LockSupport.park();
                        }
                        throw new IllegalStateException("not here\u0007");
                    }
                };
                final ModulePreparation preparation = ModulePreparation.start(universe, preparer);
                ForkedJvm.say("ready");
                ForkedJvm.nextLine();
                preparation.close();
            }
        }
    }

    private ForkedJvm startPreparer(final String manner) {
        return ForkedJvm.startWith(
                QUICK_START, PreparerMain.class, universe.directory().toString(), manner);
    }

    private ContentHash hashOf(final Language language) throws IOException {
        return ContentHash.of(Files.readAllBytes(modules.grammar(language)));
    }

    private List<Path> moduleFiles(final String ending) throws IOException {
        try (Stream<Path> files = Files.list(process.store().directory())) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending))
                    .toList();
        }
    }

    @Test
    void shouldAgreeWithAnotherJvmOnModulesThatBothLoad() throws Exception {
        try (ForkedJvm jvm = startWorker()) {
            final String other = jvm.expect("joined");
            final Future<String> json = parse(Language.JSON, JSON_FILE);
            jvm.send("parse " + Language.JAVASCRIPT + " " + JAVASCRIPT_FILE);
            final String ownJson = TestGroup.get(json);
            final String othersJavascript = jvm.readLine();
            assertTrue(ownJson.endsWith(" " + JSON_TREE), ownJson);
            assertTrue(othersJavascript.endsWith(" " + JAVASCRIPT_TREE), othersJavascript);

            final Future<String> javascript = parse(Language.JAVASCRIPT, JAVASCRIPT_FILE);
            jvm.send("parse " + Language.JSON + " " + JSON_FILE);
            assertEquals(othersJavascript, TestGroup.get(javascript));
            assertEquals(ownJson, jvm.readLine());
            assertEquals(group.call(() -> group.replica().fingerprint()), jvm.ask("fingerprint"));
            assertEquals(5, universe.committedSequence(), "main, and a module and a function for each language");

            final Path answer = process.store()
                    .directory()
                    .resolve(hashOf(Language.JSON) + "." + other + "-"
                            + universe.processGeneration(Integer.parseInt(other)) + ".prepared");
            assertTrue(Files.exists(answer), "the other JVM has said that it is ready");
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(answer)));
            jvm.send("leave");
            assertEquals(0, jvm.waitForEnd());
            assertFalse(Files.exists(answer), "what a process has left behind is gone");
        }
    }

    @Test
    void shouldChangeNothingWhenAnotherProcessRefusesAModule() throws Exception {
        try (ForkedJvm jvm = startPreparer("refuse")) {
            jvm.expect("ready");
            final Path json = modules.grammar(Language.JSON);
            for (int attempt = 0; attempt < 2; attempt++) {
                final LinkException e = assertThrows(
                        LinkException.class,
                        () -> group.call(() -> group.linker().loadModule(json)));
                assertTrue(e.getMessage().contains("not here "), e.getMessage());
                assertEquals(LinkError.MODULE_REFUSED, e.error());
                assertEquals(json.getFileName().toString(), e.module());
                assertEquals(hashOf(Language.JSON).hex(), jvm.expect("asked"));
            }
            assertEquals(1, universe.committedSequence());
            assertEquals(List.of(), moduleFiles(".refused"));
            jvm.send("leave");
            assertEquals(0, jvm.waitForEnd());
            assertEquals(2, group.call(() -> group.linker().loadModule(json)));
        }
    }

    @Test
    void shouldNotWaitForAProcessThatDiesWhileItPrepares() throws Exception {
        try (ForkedJvm jvm = startPreparer("hang")) {
            jvm.expect("ready");
            final Future<Integer> load = group.submit(() -> group.linker().loadModule(modules.grammar(Language.JSON)));
            jvm.expect("asked");
            assertFalse(load.isDone());
            jvm.kill();
            assertEquals(2, TestGroup.get(load));
        }
        assertEquals(
                2, moduleFiles(".process").size(), "the dead one's is left behind, for its successor to clear away");
        try (ForkedJvm jvm = startPreparer("refuse")) {
            jvm.expect("ready");
            assertEquals(2, moduleFiles(".process").size());
        }
    }

    @Test
    void shouldLoadAgainWhatAProcessDidNotPrepareInTime() throws Exception {
        final Path module = Files.write(
                directory.resolve("m.wasm"), new SideModule().memory(100).bytes());
        try (ForkedJvm jvm = startPreparer("hang")) {
            jvm.expect("ready");
            preparation.close();
            preparation = ModulePreparation.start(universe, process, Duration.ofMillis(200));
            final UniverseLinker linker = group.call(() -> UniverseLinker.of(
                    universe, group.group(), group.replica(), process, preparation, TestGroup.GUEST_MUTEX));
            final LinkException e =
                    assertThrows(LinkException.class, () -> group.call(() -> linker.loadModule(module)));
            assertTrue(e.getMessage().contains("does not prepare a module"), e.getMessage());
            jvm.expect("asked");
            assertEquals(1, universe.committedSequence());
            jvm.kill();
            assertEquals(2, group.call(() -> linker.loadModule(module)));
        }
    }

    private Path halting(final String function) throws IOException {
        return Files.write(
                directory.resolve("halting.wasm"),
                new SideModule().memory(100).function(function, TestGroup.HOOK).bytes());
    }

    private void loadAndDie(final Path module) {
        try (ForkedJvm jvm = startWorker()) {
            jvm.expect("joined");
            jvm.send("load " + module);
            jvm.expect("running");
            jvm.send("halt");
            assertEquals(3, jvm.waitForEnd());
        }
    }

    private long memoryBase(final int handle) {
        return group.call(() -> {
            try (LinkerStateReader state = group.group().readLinkerState()) {
                return state.module(handle).memoryBase();
            }
        });
    }

    @Test
    void shouldTakeTheNameOverWhenTheOwnerOfTheConstructorsHasDied() throws Exception {
        final Path module = halting("__wasm_call_ctors");
        loadAndDie(module);
        assertEquals(ModuleState.FAILED, group.call(() -> group.group().awaitModule(2)));
        assertEquals(2, universe.committedSequence(), "a reaper writes no tables");
        assertEquals(3, group.call(() -> group.linker().loadModule(module)));
        assertEquals(memoryBase(2), memoryBase(3));
        assertEquals(1, hookCalls.get());
        assertEquals("4 " + JSON_TREE, TestGroup.get(parse(Language.JSON, JSON_FILE)));
    }

    @Test
    void shouldTakeOutWhatIsLinkedToAModuleWhoseOwnerHasDied() throws Exception {
        halting("__wasm_call_ctors");
        final Path needing = Files.write(
                directory.resolve("needing.wasm"),
                new SideModule().memory(100).needs("halting.wasm").bytes());
        loadAndDie(needing);
        assertEquals(ModuleState.FAILED, group.call(() -> group.group().awaitModule(2)));
        assertEquals(ModuleState.DATA, group.call(() -> group.group().awaitModule(3)));
        assertEquals(5, group.call(() -> group.linker().loadModule(needing)));
        assertEquals(ModuleState.FAILED, group.call(() -> group.group().moduleState(3)));
        assertEquals(1, hookCalls.get());
        assertEquals(5, universe.committedSequence(), "main, two at once, one and the other taken out, two at once");
    }

    @Test
    void shouldFailOnceAndThenLoadWhenTheOwnerDiesWhileAnotherGroupWaits() throws Exception {
        final Path module = halting("__wasm_call_ctors");
        try (ForkedJvm jvm = startWorker()) {
            jvm.expect("joined");
            jvm.send("load " + module);
            jvm.expect("running");
            final CountDownLatch waits = new CountDownLatch(1);
            onIdle = () -> {
                if (group.isCurrent()) {
                    waits.countDown();
                }
            };
            final Future<Integer> load = group.submit(() -> group.linker().loadModule(module));
            assertTrue(waits.await(60, TimeUnit.SECONDS));
            jvm.send("halt");
            assertEquals(3, jvm.waitForEnd());
            assertThrows(LinkException.class, () -> TestGroup.get(load));
        }
        assertEquals(3, group.call(() -> group.linker().loadModule(module)));
        assertEquals(1, hookCalls.get());
    }

    @Test
    void shouldInitializeAgainWhenTheOwnerHasDiedOverTheData() throws Exception {
        final Path module = halting("__wasm_apply_data_relocs");
        loadAndDie(module);
        assertEquals(2, universe.committedSequence());
        assertEquals(2, group.call(() -> group.linker().loadModule(module)));
        assertEquals(1, hookCalls.get());
        assertEquals("3 " + JSON_TREE, TestGroup.get(parse(Language.JSON, JSON_FILE)));
    }
}
