package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.LauncherLink;
import java.nio.file.Path;

/**
 * Main class of a JVM of a measurement. Arguments: the launcher's scratch directory, the directory of the measurement, its
 * name, the plan, and which of its JVMs this is.
 */
final class BenchWorker {
    private BenchWorker() {}

    /**
     * Does the work of a measurement and ends.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final LauncherLink link = new LauncherLink(Path.of(arguments[0]));
        try {
            Measurements.named(arguments[2])
                    .work(new Work(
                            link,
                            Path.of(arguments[1]),
                            BenchPlan.parse(arguments[3]),
                            Integer.parseInt(arguments[4])));
        } catch (final Throwable failure) {
            link.fail(arguments[2] + " jvm " + arguments[4], failure);
        }
        System.exit(0);
    }
}
