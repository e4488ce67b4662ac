package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.loader.RealModules;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real guest, compiled, over the memory file. The expected trees are not ours: they are what another engine (V8, with
 * web-tree-sitter's own loader) gives for the same modules and files.
 */
class ReferenceRunTest {
    /** Nodes, the first 16 digits of the S-expression's hash, and whether a part could not be parsed. */
    private static final Map<String, String> EXPECTED = new TreeMap<>(Map.ofEntries(
            Map.entry("csharp/Thermostat.cs", "1089 8381cdc34527947c"),
            Map.entry("css/forms.css", "609 1820847076df0253 errors"),
            Map.entry("css/page.css", "762 a802c2b4ee3d84e2 errors"),
            Map.entry("go/queue.go", "1374 2ab907dac6f61152"),
            Map.entry("html/article.html", "979 158498b6043e183b"),
            Map.entry("html/fragment.html", "741 056e89baa7e2d9fa"),
            Map.entry("java/IntervalTree.java", "1282 234af24a33a55794"),
            Map.entry("java/Tokens.java", "1129 70683d7d50d0a67d"),
            Map.entry("javascript/scheduler.js", "1011 23b990532934c4a2"),
            Map.entry("javascript/store.mjs", "979 d7933acc350eb1d1"),
            Map.entry("json/fleet.json", "751 91e849e9c0adbe84"),
            Map.entry("json/types.json", "561 c5afe639460dc6b6"),
            Map.entry("python/automata.py", "1409 af3beb153bd137ee"),
            Map.entry("python/ledger.py", "1137 6e06be29418988da"),
            Map.entry("ruby/inventory.rb", "931 2275717f1a308192 errors"),
            Map.entry("ruby/words.rb", "754 cbb94cd275a9f9ab"),
            Map.entry("rust/grid.rs", "1546 148fcae4129f5bbb errors"),
            Map.entry("toml/package.toml", "424 7e30738f36633d83"),
            Map.entry("toml/service.toml", "400 b0bf64002be05710")));

    @TempDir
    Path scratch;

    @TempDir
    Path secondScratch;

    @Test
    void shouldGiveTheTreesThatAnotherEngineGives() throws Exception {
        final ReferenceRun run = ReferenceRun.of(
                new TreeSitter(RealModules.get()), Corpus.below(Path.of("corpus")), scratch, verdict -> {});
        assertEquals(EXPECTED, texts(run));
        assertEquals(Language.values().length + 1, run.modules());
        // ruby's and css's lexers are too big for a Java method
        assertEquals(2, run.interpretedFunctions());
    }

    @Test
    void shouldScanTheSameTreesEveryTimeWithModulesOfOurOwn() throws Exception {
        final DemoProgram program = DemoProgram.in(true, Path.of(Scanners.HOME));
        final Corpus corpus = Corpus.below(Path.of("corpus"));
        final List<Verdict> heard = new ArrayList<>();
        final ReferenceRun run = ReferenceRun.of(program, corpus, scratch, heard::add);
        assertEquals(List.copyOf(run.verdicts().values()), heard);
        assertEquals(corpus.files().size(), heard.size());
        assertEquals(Language.values().length + 1, run.modules());
        final Corpus some = new Corpus(corpus.root(), corpus.files().subList(9, 14), 0);
        ReferenceRun.of(program, some, secondScratch, verdict -> {})
                .verdicts()
                .forEach((name, verdict) -> assertEquals(run.verdicts().get(name), verdict));
    }

    @Test
    void shouldScanWhatDemoCSaysOfIt() throws Exception {
        Files.writeString(secondScratch.resolve("a.json"), "{\"a\": [1, true]}\n");
        Files.writeString(secondScratch.resolve("b.json"), "{\"a\": [1, true}\n");
        final ReferenceRun run = ReferenceRun.of(
                DemoProgram.in(true, Path.of(Scanners.HOME)), Corpus.below(secondScratch), scratch, verdict -> {});
        final String expression = "(file (brace string:3 sign:1 (bracket number:1 sign:1 keyword:4)))";
        final String hash = ContentHash.of(expression.getBytes(StandardCharsets.UTF_8))
                .hex()
                .substring(0, 16);
        assertEquals("8 " + hash, texts(run).get("a.json"));
        assertTrue(run.verdicts().get("b.json").errors());
    }

    private static Map<String, String> texts(final ReferenceRun run) {
        final Map<String, String> texts = new TreeMap<>();
        run.verdicts()
                .forEach((name, verdict) ->
                        texts.put(name, verdict.nodes() + " " + verdict.tree() + (verdict.errors() ? " errors" : "")));
        return texts;
    }
}
