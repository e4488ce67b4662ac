package dev.lockstep.process;

import dev.lockstep.region.BootId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Which process this is, so that it is not taken for another one that has its pid later or elsewhere.
 *
 * @param pid in its own pid namespace.
 * @param startTicks clock ticks from the machine's start to the process' (field 22 of {@code /proc/<pid>/stat}). Where
 *     there is no {@code /proc}: milliseconds since the epoch.
 * @param namespace inode of the pid namespace; 0 = not known, so that nobody's pid can be looked up.
 * @param boot start of the machine.
 */
public record HostIdentity(long pid, long startTicks, long namespace, BootId boot) {
    private static final Path SELF = Path.of("/proc/self");

    /** {@return the identity of this JVM} */
    public static HostIdentity current() {
        final ProcessHandle self = ProcessHandle.current();
        final ProcStat stat = ProcStat.parse(SELF.resolve("stat"));
        final long startTicks = stat.exists()
                ? stat.startTicks()
                : self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return new HostIdentity(self.pid(), startTicks, namespace(self.pid()), BootId.current());
    }

    /** A {@code /proc} that was mounted for another pid namespace shows other processes under our numbers. */
    private static long namespace(final long pid) {
        try {
            final boolean ours = Files.readSymbolicLink(SELF).toString().equals(Long.toString(pid));
            return ours ? (Long) Files.getAttribute(SELF.resolve("ns/pid"), "unix:ino") : 0;
        } catch (final IOException | UnsupportedOperationException e) {
            return 0;
        }
    }
}
