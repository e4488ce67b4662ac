package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.cli.launch.Line;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class TallyTest {
    private final DemoPlan plan = new DemoPlan(
            2,
            1,
            1,
            Path.of("/universe"),
            Path.of("/node_modules"),
            new Corpus(
                    Path.of("/corpus"),
                    List.of(new Corpus.Entry("a.json", Language.JSON), new Corpus.Entry("b.json", Language.JSON)),
                    3));
    private final Tally tally = new Tally(plan);

    private void hear(final int pid, final String word, final Object... fields) {
        assertTrue(tally.hear(pid, Line.of(word, fields)), word);
    }

    private DemoReport reportWhen(final String treeOfB, final String fingerprintOf1, final String textOfB) {
        hear(10, "joined", 0, 0, "BOOTSTRAP");
        hear(11, "joined", 1, 1, "CLAIM_TICKET");
        hear(12, "expect", 0, "text a", "tree a", 7, false);
        hear(12, "expect", 1, "text b", "tree b", 8, true);
        hear(12, "reference", 2);
        hear(12, "bye", 100);
        hear(10, "opening", 0, "json");
        hear(11, "opening", 1, "json");
        hear(10, "operation", 0, 50_000);
        hear(10, "operation", 0, 100_000);
        hear(10, "opened", 0, "json", 2, 40);
        hear(11, "opened", 1, "json", 2, 40);
        hear(10, "parsed", 0, 0, "text a", "tree a", 7, false);
        hear(11, "parsed", 1, 1, textOfB, treeOfB, 8, true);
        hear(10, "walked", 0, 1_000, 2_000);
        assertFalse(tally.allWalked());
        hear(11, "walked", 1, 500, 2_000);
        assertTrue(tally.allWalked());
        hear(10, "settled", 0, "f00d", 2, 1, 3);
        hear(11, "settled", 1, fingerprintOf1, 2, 1, 3);
        assertTrue(tally.allSettled());
        hear(10, "bye", 200);
        hear(11, "bye", 300);
        return tally.report(1_234_567_890L);
    }

    @Test
    void shouldReportWhatWasHeard() {
        final DemoReport report = reportWhen("tree b", "f00d", "text b");
        assertTrue(report.isGood(), report.problems().toString());
        assertEquals(
                "{\"jvms\": 2, \"groups\": 2, \"files\": 2, \"parses\": 2, \"mismatches\": 0, \"modules\": 2,"
                        + " \"operations\": 3, \"fingerprints\": [\"f00d\", \"f00d\"], \"fingerprints_equal\": true,"
                        + " \"round_p50_us\": 50.0, \"round_p99_us\": 100.0, \"wall_s\": 1.23, \"real_modules\": true,"
                        + " \"passes\": 1, \"skipped_files\": 3, \"interpreted_functions\": 1,"
                        + " \"guest_lock_wait_share\": 0.3750, \"cpu_s\": 0.60, \"group_reports\": ["
                        + "{\"group\": 0, \"jvm\": 0, \"pid\": 10, \"slot\": 0, \"joined_by\": \"bootstrap\","
                        + " \"parses\": 1, \"opened\": 1, \"guest_lock_wait_share\": 0.5000, \"fingerprint\": \"f00d\"},"
                        + " {\"group\": 1, \"jvm\": 1, \"pid\": 11, \"slot\": 1,"
                        + " \"joined_by\": \"ticket of another jvm\", \"parses\": 1, \"opened\": 0,"
                        + " \"guest_lock_wait_share\": 0.2500, \"fingerprint\": \"f00d\"}]}",
                report.toJson());
    }

    @Test
    void shouldPrintTheTable() {
        final DemoReport report = reportWhen("tree b", "f00d", "text b");
        assertEquals(
                List.of(
                        "files                   2  (3 more skipped: over 64 KiB)",
                        "parses                  2  all equal to those of one group in one jvm",
                        "modules                 2  (1 function interpreted: too big to compile)",
                        "operations              3  each applied by every group",
                        "operation p50       50 us",
                        "operation p99      100 us",
                        "guest lock         37.5 %  of the groups' time spent waiting for it",
                        "wall time           1.2 s  (cpu time 0.6 s, the reference run included)",
                        "",
                        "group  jvm      pid  slot  joined by              parses  opened  waiting  function table",
                        "    0    0       10     0  bootstrap                   1       1   50.0 %  f00d",
                        "    1    1       11     1  ticket of another jvm       1       0   25.0 %  f00d",
                        "",
                        "all trees are right, all function tables are equal: groups=2"),
                report.toTable());
    }

    @Test
    void shouldNameTheFileWhoseTreeDiffers() {
        final DemoReport report = reportWhen("tree c", "f00d", "text b");
        assertFalse(report.isGood());
        assertEquals(
                List.of("tree differs: file=b.json group=1 tree=tree c/8/errors expected=tree b/8/errors"),
                report.problems());
        assertTrue(report.toJson().contains("\"mismatches\": 1,"), report.toJson());
    }

    @Test
    void shouldSayThatAFileWasChangedMeanwhile() {
        final DemoReport report = reportWhen("tree c", "f00d", "text c");
        assertFalse(report.isGood());
        assertTrue(report.problems().get(0).startsWith("file was changed meanwhile: file=b.json"));
    }

    @Test
    void shouldShowFunctionTablesThatDiffer() {
        final DemoReport report = reportWhen("tree b", "beef", "text b");
        assertFalse(report.isGood());
        assertEquals(List.of("function tables differ: fingerprints=[f00d, beef]"), report.problems());
        assertTrue(report.toJson().contains("\"fingerprints_equal\": false"), report.toJson());
    }

    @Test
    void shouldNoticeFileThatWasParsedTooOften() {
        hear(11, "parsed", 1, 1, "text b", "tree b", 8, true);
        final DemoReport report = reportWhen("tree b", "f00d", "text b");
        assertEquals(
                List.of("file was not parsed as often as it should: file=b.json parses=2 expected=1"),
                report.problems());
    }

    @Test
    void shouldRefuseGroupThatDoesNotExist() {
        assertThrows(IndexOutOfBoundsException.class, () -> tally.hear(10, Line.of("joined", 2, 0, "BOOTSTRAP")));
        assertFalse(tally.hear(10, Line.of("nonsense")));
    }
}
