package dev.lockstep.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.ForkedJvm;
import java.io.File;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program and the pieces of {@code docs/embedding.md} compile, run and print what the page says: the program in two JVMs
 * at the same time, each piece in a universe of its own.
 */
class EmbeddingTest {
    private static final String PAGE = Documents.read("docs/embedding.md");
    private static final List<String> BLOCKS = Documents.blocks(PAGE, "java");
    private static final String PROGRAM = BLOCKS.get(0);
    private static final List<Piece> PIECES = pieces();
    private static final Path MODULES = Documents.HOME.resolve("demo/c/modules").normalize();
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto");
    private static final String BEGIN = "piece ";
    private static final String END = "end";

    private static final List<String> IMPORTS = List.of(
            "import static dev.lockstep.engine.loader.GuestLinker.RTLD_DEFAULT;",
            "import static dev.lockstep.engine.loader.GuestReplica.MAIN_HANDLE;",
            "import dev.lockstep.engine.*;",
            "import dev.lockstep.engine.chicory.*;",
            "import dev.lockstep.engine.loader.*;",
            "import dev.lockstep.engine.wasm.*;",
            "import dev.lockstep.linker.*;",
            "import dev.lockstep.region.*;",
            "import java.io.*;",
            "import java.nio.file.*;",
            "import java.util.*;",
            "import java.util.concurrent.*;");

    @TempDir
    private static Path classes;

    @TempDir
    private Path directory;

    /**
     * A piece of code of the page.
     *
     * @param code statements.
     * @param output that the page shows right behind it; nothing if it shows none.
     */
    private record Piece(String code, String output) {
        boolean opensUniverse() {
            return code.contains("GuestUniverse ");
        }
    }

    private static List<Piece> pieces() {
        final List<Piece> pieces = new ArrayList<>();
        int at = PAGE.indexOf(PROGRAM) + PROGRAM.length();
        for (final String code : BLOCKS.subList(1, BLOCKS.size())) {
            at = PAGE.indexOf(code, at) + code.length();
            final String fence = "```\n\n```text\n";
            final boolean prints = PAGE.startsWith(fence, at);
            final int from = at + fence.length();
            pieces.add(new Piece(code, prints ? PAGE.substring(from, PAGE.indexOf("```", from)) : ""));
        }
        return pieces;
    }

    @BeforeAll
    static void compile() throws Exception {
        final Path program = Files.writeString(classes.resolve("PluginHost.java"), PROGRAM);
        final Path pieces = Files.writeString(classes.resolve("Pieces.java"), piecesSource());
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final boolean compiled = compiler.getTask(
                            messages,
                            files,
                            null,
                            List.of("--release", "17", "-proc:none", "-d", classes.toString(), "-cp", classPath()),
                            null,
                            files.getJavaFileObjects(program, pieces))
                    .call();
            assertTrue(compiled, messages.toString());
        }
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static String piecesSource() {
        final StringBuilder source = new StringBuilder(String.join("\n", IMPORTS));
        source.append("\nfinal class Pieces {\n")
                .append("static final HostFunctions FUNCTIONS = PluginHost.FUNCTIONS;\n")
                .append(
                        "static GuestUniverse open(Path universe, Path modules, GuestOptions options) throws Exception {")
                .append(" return PluginHost.open(universe, modules, options); }\n")
                .append("static int text(GuestReplica guest, String text) { return PluginHost.text(guest, text); }\n")
                .append("public static void main(String[] args) throws Exception {\n")
                .append("final Path directory = Path.of(args[0]), modules = Path.of(args[1]);\n");
        for (int i = 0; i < PIECES.size(); i++) {
            source.append("System.out.println(\"" + BEGIN + i + "\");\n")
                    .append("piece" + i + "(directory.resolve(\"" + i + "\"), modules);\n");
        }
        source.append("System.out.println(\"" + END + "\");\n}\n");
        for (int i = 0; i < PIECES.size(); i++) {
            source.append("static void piece" + i + "(Path directory, Path modules) throws Exception {\n")
                    .append(
                            PIECES.get(i).opensUniverse()
                                    ? "{\n"
                                    : "try (GuestUniverse universe = open(directory, modules, GuestOptions.defaults());\n"
                                            + "UniverseLinker linker = universe.newGroup(FUNCTIONS)) {\n"
                                            + "final GuestReplica guest = linker.replica();\n")
                    .append(PIECES.get(i).code())
                    .append("}\n}\n");
        }
        return source.append("}\n").toString();
    }

    /** Runs a class of the page in a JVM of its own. */
    private static ForkedJvm start(final String main, final Path universe) throws Exception {
        final List<String> options = new ArrayList<>(QUICK_START);
        options.addAll(List.of("-cp", classes + File.pathSeparator + classPath()));
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            return ForkedJvm.startWith(options, loader.loadClass(main), universe.toString(), MODULES.toString());
        }
    }

    @Test
    void shouldHaveAProgramOfNoMoreThanSixtyLines() {
        assertTrue(PROGRAM.lines().count() <= 60, PROGRAM.lines().count() + " lines");
        assertEquals(
                List.of(),
                BLOCKS.stream()
                        .flatMap(String::lines)
                        .filter(line -> line.length() > 120)
                        .toList());
    }

    @Test
    void shouldPrintTheSameInTwoJvmsThatRunTheProgramAtTheSameTime() throws Exception {
        final Path universe = directory.resolve("universe");
        final List<String> expected = Documents.blocks(
                        PAGE.substring(0, PAGE.indexOf("## ", PAGE.indexOf(PROGRAM))), "text")
                .get(0)
                .lines()
                .toList();
        try (ForkedJvm one = start("PluginHost", universe);
                ForkedJvm other = start("PluginHost", universe)) {
            for (final String line : expected) {
                assertEquals(line, one.readLine());
                assertEquals(line, other.readLine());
            }
            assertTrue(PAGE.contains("`taken out: false`") && PAGE.contains("`taken out: true`"));
            assertEquals("taken out: false", one.ask(""));
            assertEquals(0, one.waitForEnd());
            assertEquals("taken out: true", other.ask(""));
            assertEquals(0, other.waitForEnd());
        }
    }

    @Test
    void shouldPrintWhatThePageSaysOfEachPiece() throws Exception {
        assertTrue(PIECES.size() >= 10, "pieces found: " + PIECES.size());
        try (ForkedJvm jvm = start("Pieces", directory)) {
            assertEquals(BEGIN + 0, jvm.readLine());
            for (int i = 0; i < PIECES.size(); i++) {
                final List<String> printed = new ArrayList<>();
                final String next = i + 1 < PIECES.size() ? BEGIN + (i + 1) : END;
                for (String line = jvm.readLine(); !line.equals(next); line = jvm.readLine()) {
                    printed.add(line);
                }
                assertEquals(
                        PIECES.get(i).output(),
                        printed.stream().map(line -> line + "\n").reduce("", String::concat),
                        PIECES.get(i).code());
            }
            assertEquals(0, jvm.waitForEnd());
        }
    }

    @Test
    void shouldBuildModulesWithTheFlagsThatTheBuildHas() {
        final String build = Documents.read("demo/c/build");
        final List<String> flags = Documents.blocks(PAGE, "sh").stream()
                .flatMap(block -> Arrays.stream(block.split("[\\s\\\\]+")))
                .filter(word -> word.startsWith("-") && !List.of("-c", "-o").contains(word))
                .toList();

        assertTrue(flags.size() > 20, flags.toString());
        assertEquals(
                List.of(), flags.stream().filter(flag -> !build.contains(flag)).toList());
    }

    @Test
    void shouldTellOfEveryErrorThereIs() {
        assertEquals(
                List.of(),
                Stream.concat(
                                Arrays.stream(dev.lockstep.engine.LinkError.values()),
                                Arrays.stream(dev.lockstep.engine.ResolveError.values()))
                        .map(Enum::name)
                        .filter(name -> !PAGE.contains("`" + name + "`"))
                        .toList());
    }
}
