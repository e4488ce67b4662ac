package dev.lockstep.cli.stat;

import dev.lockstep.cli.launch.Json;
import dev.lockstep.linker.StallReport;
import dev.lockstep.linker.UniverseSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A snapshot of a universe, for people and for programs. */
final class StatReport {
    private final UniverseSnapshot snapshot;
    private final List<StallReport> stalls;

    /**
     * A report.
     *
     * @param snapshot to report.
     * @param stall after which an operation that waits for a group counts as stalled.
     */
    StatReport(final UniverseSnapshot snapshot, final Duration stall) {
        this.snapshot = snapshot;
        stalls = snapshot.stalls(stall);
    }

    String text() {
        final StringBuilder text = new StringBuilder();
        final UniverseSnapshot.Operation operation = snapshot.operation();
        line(text, "universe", snapshot.id() + (operation.bootstrapped() ? "" : ", not bootstrapped"));
        line(
                text,
                "operations",
                operation.sequence() + " committed, journal " + journal() + ", "
                        + ("idle".equals(operation.phase())
                                ? "none under way"
                                : "one under way: " + operation.phase() + " for " + millis(operation.stoppedFor())));
        if (operation.abortCode() != 0) {
            line(text, "ABORTED", "code " + operation.abortCode() + " by group " + operation.abortGroup());
        }
        final UniverseSnapshot.TopologyLease lease = snapshot.lease();
        line(
                text,
                "lease",
                (lease.owner() < 0 ? "free" : "held by group " + lease.owner()) + ", grant " + lease.grant()
                        + (lease.waiting().isEmpty() ? "" : ", waited for by " + lease.waiting()));
        line(text, "linker state", stateLock());
        text.append('\n').append("process     pid  running  attached\n");
        for (final UniverseSnapshot.Attached process : snapshot.processes()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%7d %7d  %-7s  %s%n",
                    process.entry().index(),
                    process.entry().pid(),
                    process.running(),
                    Instant.ofEpochMilli(process.entry().attachedAt())));
        }
        text.append('\n').append("  group process  state    applied  behind  answered last   awaits  thread\n");
        for (final UniverseSnapshot.Group group : snapshot.groups()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%7d %7d  %-8s %7d %7d  %13s  %7s  %d \"%s\"%n",
                    group.slot(),
                    group.process(),
                    group.state(),
                    group.applied(),
                    behind(group),
                    group.sinceAnswered().isZero() ? "never" : millis(group.sinceAnswered()) + " ago",
                    group.waitsFor() == 0 ? "-" : group.waitsFor(),
                    group.threadId(),
                    group.threadName()));
        }
        if (!snapshot.modules().isEmpty()) {
            text.append('\n').append(" module  state  owner\n");
            for (final UniverseSnapshot.Module module : snapshot.modules()) {
                text.append(String.format(
                        Locale.ROOT,
                        "%7d  %-5s  %s%n",
                        module.handle(),
                        module.state(),
                        module.owner() < 0 ? "-" : "group " + module.owner()));
            }
        }
        if (!stalls.isEmpty()) {
            text.append('\n').append("others wait for:\n");
            stalls.forEach(stall -> text.append("  ").append(stall).append('\n'));
        }
        return text.toString().stripTrailing();
    }

    private static void line(final StringBuilder text, final String what, final String value) {
        text.append(String.format(Locale.ROOT, "%-13s %s%n", what, value));
    }

    private String journal() {
        return snapshot.journalBytes() < 0
                ? "end not known"
                : snapshot.journalBytes() + " of " + snapshot.capacities().journalBytes() + " bytes";
    }

    private String stateLock() {
        final UniverseSnapshot.StateLocking lock = snapshot.stateLock();
        final String readers = lock.readers().isEmpty() ? "" : ", read by " + lock.readers();
        if (lock.orphaned()) {
            return "left by a dead writer for whoever finishes its operation, version " + lock.version() + readers;
        }
        return (lock.writer() < 0 ? "nobody writes" : "written by group " + lock.writer()) + ", version "
                + lock.version() + readers;
    }

    private static String millis(final Duration duration) {
        return duration.toMillis() + " ms";
    }

    private long behind(final UniverseSnapshot.Group group) {
        return Math.max(0, snapshot.operation().sequence() - group.applied());
    }

    String json() {
        final UniverseSnapshot.Operation operation = snapshot.operation();
        final UniverseSnapshot.TopologyLease lease = snapshot.lease();
        final UniverseSnapshot.StateLocking lock = snapshot.stateLock();
        return new Json()
                .put("id", snapshot.id())
                .put(
                        "operation",
                        new Json()
                                .put("sequence", operation.sequence())
                                .put("round", operation.round())
                                .put("phase", operation.phase())
                                .put("stopped_ms", operation.stoppedFor().toMillis())
                                .put("abort_code", operation.abortCode())
                                .put("abort_group", operation.abortGroup())
                                .put("bootstrapped", operation.bootstrapped()))
                .put(
                        "lease",
                        new Json()
                                .put("owner", lease.owner())
                                .put("grant", lease.grant())
                                .putNumbers("waiting", lease.waiting()))
                .put(
                        "state_lock",
                        new Json()
                                .put("version", lock.version())
                                .put("writer", lock.writer())
                                .put("orphaned", lock.orphaned())
                                .putNumbers("readers", lock.readers()))
                .putObjects(
                        "processes",
                        snapshot.processes().stream().map(StatReport::json).collect(Collectors.toList()))
                .putObjects("groups", snapshot.groups().stream().map(this::json).collect(Collectors.toList()))
                .putObjects(
                        "modules",
                        snapshot.modules().stream().map(StatReport::json).collect(Collectors.toList()))
                .put("journal_bytes", snapshot.journalBytes())
                .put("journal_capacity", snapshot.capacities().journalBytes())
                .putObjects("stalls", stalls.stream().map(StatReport::json).collect(Collectors.toList()))
                .toString();
    }

    private static Json json(final UniverseSnapshot.Attached process) {
        return new Json()
                .put("index", process.entry().index())
                .put("generation", process.entry().generation())
                .put("pid", process.entry().pid())
                .put("namespace", process.entry().namespace())
                .put("attached_at", process.entry().attachedAt())
                .put("running", process.running());
    }

    private Json json(final UniverseSnapshot.Group group) {
        return new Json()
                .put("slot", group.slot())
                .put("generation", group.generation())
                .put("process", group.process())
                .put("state", group.state())
                .put("thread", group.threadId())
                .put("thread_name", group.threadName())
                .put("applied", group.applied())
                .put("behind", behind(group))
                .put("arrived", group.arrived())
                .put("since_answered_ms", group.sinceAnswered().toMillis())
                .put("waits_for_module", group.waitsFor());
    }

    private static Json json(final UniverseSnapshot.Module module) {
        return new Json()
                .put("handle", module.handle())
                .put("state", module.state())
                .put("owner", module.owner());
    }

    private static Json json(final StallReport stall) {
        return new Json()
                .put("kind", stall.kind().name())
                .put("group", stall.group())
                .put("process", stall.process())
                .put("pid", stall.pid())
                .put("thread", stall.threadId())
                .put("thread_name", stall.threadName())
                .put("state", stall.state())
                .put("stalled_ms", stall.stalledFor().toMillis())
                .put("since_answered_ms", stall.sinceAnswered().toMillis());
    }
}
