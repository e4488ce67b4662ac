package dev.lockstep.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.JvmFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows compiles, runs and prints what it says; what the documents link to is there. */
class ReadmeTest {
    private static final String README = Documents.read("README.md");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)(#[^)]*)?\\)");

    @TempDir
    private Path directory;

    @Test
    void shouldShowTheExampleThatIsCompiled() {
        final String source = Documents.read("src/test/java/dev/lockstep/docs/ReadmeExample.java");

        assertEquals(List.of(source.substring(source.indexOf("import"))), Documents.blocks(README, "java"));
    }

    @Test
    void shouldPrintWhatItSaysWhenTheExampleRunsTwiceWithTheFlagsThatItNames() throws Exception {
        final String universe = directory.resolve("universe").toString();

        final String first = runExample(universe);
        final String second = runExample(universe);

        assertTrue(
                README.contains("The first run prints `" + first + "`, the next one `" + second + "`."),
                first + second);
    }

    private static List<String> flags() {
        return Documents.blocks(README, "sh").stream()
                .filter(block -> block.startsWith("java "))
                .flatMap(block -> Arrays.stream(block.split("[\\s\\\\]+")))
                .filter(word -> word.startsWith("-") || word.contains("="))
                .toList();
    }

    private static String runExample(final String universe) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ReadmeExample.class.getName(), universe));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
        final Process process = builder.start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.lines()
                .filter(line -> line.startsWith("slots="))
                .findFirst()
                .orElse(output);
    }

    @Test
    void shouldNameEveryFlag() {
        final List<String> missing = JvmFlags.arguments().stream()
                .filter(argument -> !README.contains(argument))
                .toList();

        assertEquals(List.of(), missing);
    }

    @Test
    void shouldLinkToFilesThatExist() throws Exception {
        final List<String> broken = new ArrayList<>();
        for (final Path document : Documents.all()) {
            final Path from = Documents.HOME.resolve(document).getParent();
            LINK.matcher(Documents.read(document.toString())).results().forEach(link -> {
                final String target = link.group(1);
                if (!target.contains("://") && !Files.exists(from.resolve(target))) {
                    broken.add(document + " → " + target);
                }
            });
        }

        assertEquals(List.of(), broken);
    }
}
