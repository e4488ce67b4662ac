package dev.lockstep.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Puts each fault into a copy of the classes and runs what is to see it. First the same tests with an unchanged copy: what
 * fails by itself catches nothing.
 *
 * <p>{@code -Dmutant=PATTERN} runs those in whose name the pattern is found, without the unchanged copy; {@code -Dcatcher=NAME}
 * tries another {@link Catcher} on them. What each run has printed is in {@code target/mutants}, and the table for
 * {@code native-notes/verification.md}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(7200)
class MutantsTest {
    private static final Path HOME =
            Path.of(System.getProperty("lockstep.home", "")).toAbsolutePath();
    private static final Path OUTPUT = HOME.resolve("target/mutants");
    private static final int LONGEST = 110;
    private static final String ONLY = System.getProperty("mutant", "");
    private static final String OTHER_CATCHER = System.getProperty("catcher", "");

    private final Map<Mutant, Run> runs = new LinkedHashMap<>();

    @BeforeAll
    void makeDirectory() throws IOException {
        Files.createDirectories(OUTPUT);
    }

    @TestFactory
    Stream<DynamicTest> shouldCatchEveryMutant() {
        final List<DynamicTest> tests = new ArrayList<>();
        if (ONLY.isEmpty()) {
            tests.add(DynamicTest.dynamicTest("unchanged", this::assertUnchangedPasses));
        }
        Mutants.all().stream()
                .filter(mutant -> Pattern.compile(ONLY).matcher(mutant.name()).find())
                .map(mutant -> DynamicTest.dynamicTest(mutant.name(), () -> assertCaught(mutant)))
                .forEach(tests::add);
        return tests.stream();
    }

    private void assertUnchangedPasses() throws Exception {
        final List<String> methods = Mutants.all().stream()
                .map(mutant -> mutant.catcher().method())
                .distinct()
                .toList();
        try (ClassCopy copy = ClassCopy.unchanged()) {
            final Run run = Run.of(copy, OUTPUT.resolve("unchanged.log"), "", methods);
            System.out.printf("%6.1f s  unchanged: %s%n", run.seconds(), run.caught() ? run.cause() : "passes");
            assertFalse(run.caught(), "fails without a fault: " + run.cause());
        }
    }

    private void assertCaught(final Mutant mutant) throws Exception {
        try (ClassCopy copy = ClassCopy.of(mutant)) {
            final Path log = OUTPUT.resolve(mutant.name().replaceAll("[^\\w]+", "-") + ".log");
            final Catcher catcher = OTHER_CATCHER.isEmpty() ? mutant.catcher() : Catcher.valueOf(OTHER_CATCHER);
            final Run run = Run.of(copy, log, catcher.exploration(), List.of(catcher.method()));
            runs.put(mutant, run);
            System.out.printf("%6.1f s  %s | %s | %s%n", run.seconds(), mutant.name(), catcher.title(), saw(run));
            if (mutant.isToBeCaught()) {
                assertTrue(run.caught(), "survives: write the test that sees it, log=" + log);
            } else {
                assertFalse(run.caught(), "is seen, though nothing could: " + run.cause());
            }
        }
    }

    /** The cause, or its beginning, without what the assertion library and the packages add to it. */
    private static String saw(final Run run) {
        final String assertion = run.cause().replaceFirst(".*==> expected: <\\{}> but was: <\\{(.*)}>", "$1");
        final String cause = assertion.replaceFirst("(.) ==> .*", "$1").replaceFirst("^[a-z.]+\\.(?=[A-Z])", "");
        return run.caught() ? beginning(cause) : "nothing";
    }

    private static String beginning(final String text) {
        return text.length() <= LONGEST ? text : text.substring(0, Math.max(0, text.lastIndexOf(' ', LONGEST))) + " …";
    }

    @Test
    void shouldBeTheTableOfTheDocument() throws IOException {
        final List<String> expected = Mutants.all().stream()
                .map(mutant -> "| " + mutant.name() + " | "
                        + (mutant.isToBeCaught() ? mutant.catcher().title() : "nothing") + " |")
                .toList();
        final String document = Files.readString(HOME.resolve("native-notes/verification.md"));
        final int begin = document.indexOf("\n## Mutants");
        assertTrue(begin >= 0, "section Mutants");
        final int next = document.indexOf("\n## ", begin + 1);
        final List<String> found = document.substring(begin, next < 0 ? document.length() : next)
                .lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| fault"))
                .map(line -> line.split("\\|"))
                .map(cells -> "| " + cells[1].strip() + " | " + cells[2].strip() + " |")
                .toList();
        assertEquals(String.join("\n", expected), String.join("\n", found), "bring the table up to the mutants");
    }

    @AfterAll
    void writeTable() throws IOException {
        final String table = runs.entrySet().stream()
                .map(entry -> row(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining("\n", "| fault | caught by | what it saw |\n|---|---|---|\n", "\n"));
        Files.writeString(OUTPUT.resolve("table.md"), table);
        System.out.println(table);
    }

    private static String row(final Mutant mutant, final Run run) {
        return "| " + mutant.name() + " | " + (run.caught() ? mutant.catcher().title() : "nothing") + " | "
                + (run.caught() ? saw(run).replace("|", "\\|") : mutant.survives()) + " |";
    }
}
