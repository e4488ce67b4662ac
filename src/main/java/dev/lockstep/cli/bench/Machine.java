package dev.lockstep.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/** Where and when, for the header: numbers mean nothing without. */
final class Machine {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final Path LOAD = Path.of("/proc/loadavg");
    private static final int LOAD_FIELDS = 3;

    private Machine() {}

    /** {@return lines} */
    static List<String> text() {
        return List.of(
                "date: "
                        + ZonedDateTime.now()
                                .truncatedTo(ChronoUnit.SECONDS)
                                .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME),
                "machine: " + Runtime.getRuntime().availableProcessors() + " processors, " + processor() + ", "
                        + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch") + ", load before: " + load(),
                "jdk: " + System.getProperty("java.vm.name") + " " + Runtime.version() + ", "
                        + System.getProperty("java.vendor"));
    }

    private static String processor() {
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown processor");
        } catch (final IOException e) {
            return "unknown processor";
        }
    }

    private static String load() {
        try {
            return String.join(" ", List.of(Files.readString(LOAD).split(" ")).subList(0, LOAD_FIELDS));
        } catch (final IOException e) {
            return "unknown";
        }
    }
}
