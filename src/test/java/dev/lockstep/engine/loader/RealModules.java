package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.fail;

import dev.lockstep.cli.demo.DemoModules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The npm modules for tests: from where {@code -Dlockstep.modules} points, else fetched as the demonstration fetches
 * them. A test that needs them fails if they can't be had.
 */
public final class RealModules {
    private static DemoModules found;

    private RealModules() {}

    /** {@return the modules} */
    public static synchronized DemoModules get() throws IOException, InterruptedException {
        if (found == null) {
            final String given = System.getProperty("lockstep.modules");
            if (given == null) {
                fetch();
            }
            found = DemoModules.in(Path.of(given == null ? ".lockstep/npm/node_modules" : given)
                    .toAbsolutePath());
        }
        return found;
    }

    private static void fetch() throws IOException, InterruptedException {
        final Path output = Files.createTempFile("fetch-modules", ".log");
        try {
            final Process script = new ProcessBuilder(
                            Path.of("bin/fetch-modules").toAbsolutePath().toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!script.waitFor(3, TimeUnit.MINUTES)) {
                script.destroyForcibly();
                fail("bin/fetch-modules did not end within 3 minutes");
            }
            if (script.exitValue() != 0) {
                fail(Files.readString(output, StandardCharsets.UTF_8));
            }
        } finally {
            Files.delete(output);
        }
    }
}
