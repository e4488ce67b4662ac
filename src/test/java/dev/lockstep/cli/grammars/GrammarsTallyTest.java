package dev.lockstep.cli.grammars;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.cli.launch.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What counts as a difference: one line of a run without any is changed at a time. */
class GrammarsTallyTest {
    private static final int LATE = GrammarsTally.FIRST_LATE;

    private static final List<String> GOOD = List.of(
            "joined 0 RESIDENT",
            "invited 0 1 RESIDENT ticket 1 CLAIM",
            "joined 1 RESIDENT",
            "expect json 14 text tree 7 false",
            "expect elm 12",
            "reference 3 5",
            "loaded 0 json 2 40 1000",
            "outcome 0 json 14 text tree 7 false",
            "loaded 1 json 2 40 1000",
            "outcome 1 json 14 text tree 7 false",
            "invited 0 2 VISITOR thread",
            "joined 2 VISITOR",
            "loaded 2 elm 3 41 2000",
            "outcome 2 elm 12",
            "unloaded 2 true",
            "left 2",
            "loaded 0 elm 4 41 2000",
            "outcome 0 elm 12",
            "walked 0",
            "loaded 1 elm 4 41 2000",
            "outcome 1 elm 12",
            "walked 1",
            "invited 0 " + LATE + " LATE ticket 1 CLAIM",
            "joined " + LATE + " LATE",
            "loaded " + LATE + " json 2 40 1000",
            "outcome " + LATE + " json 14 text tree 7 false",
            "loaded " + LATE + " elm 4 41 2000",
            "outcome " + LATE + " elm 12",
            "walked " + LATE,
            "settled " + LATE + " print 3 5 9",
            "left " + LATE,
            "settled 0 print 3 5 9",
            "settled 1 print 3 5 9",
            "left 0",
            "left 1",
            "bye 1500");

    private static GrammarsReport report(final List<String> lines) {
        final GrammarsTally tally = new GrammarsTally(GrammarsPlanTest.plan(7, "elm", "json"));
        for (final String line : lines) {
            assertTrue(tally.hear(Line.parse(line.replace(' ', '\t'))), line);
        }
        return tally.report(2_500_000_000L);
    }

    private static List<String> differences(final String line, final UnaryOperator<String> change) {
        final List<String> lines = new ArrayList<>(GOOD);
        final int index = lines.indexOf(line);
        assertTrue(index >= 0, line);
        final String changed = change.apply(line);
        if (changed == null) {
            lines.remove(index);
        } else {
            lines.set(index, changed);
        }
        final GrammarsReport report = report(lines);
        assertFalse(report.isGood(), "not seen: " + line);
        return report.problems();
    }

    @Test
    void shouldFindNothingWhereThereIsNothing() {
        final GrammarsReport report = report(GOOD);
        assertEquals(List.of(), report.problems());
        assertTrue(report.isGood());
        assertTrue(
                report.toJson()
                        .startsWith("{\"grammars\": 2, \"jvms\": 2, \"groups\": 2, \"spawned\": 2, \"left\": 2,"
                                + " \"loads\": 7, \"parses\": 3, \"mismatches\": 0, \"fingerprints_equal\": true,"
                                + " \"seed\": 7, \"interpreted_functions\": 5, \"seconds\": 2.50,"
                                + " \"parsed_grammars\": 1, \"loaded_only\": [\"elm (version 12)\"],"
                                + " \"spawned_by_ticket\": 1, \"unloads\": 1, \"taken_out\": 1, \"operations\": 9,"),
                report.toJson());
    }

    @Test
    void shouldSeeAnotherTree() {
        assertEquals(
                List.of("result differs: grammar=json group=1 found=version 14 tree other/7 expected=version 14 tree"
                        + " tree/7"),
                differences("outcome 1 json 14 text tree 7 false", line -> line.replace("tree", "other")));
    }

    @Test
    void shouldSeeAnotherTreeOfAGroupThatCameLate() {
        assertEquals(
                1,
                differences("outcome " + LATE + " json 14 text tree 7 false", line -> line.replace("false", "true"))
                        .size());
    }

    @Test
    void shouldSeeAnotherVersionOfALanguageThatIsNotParsed() {
        assertEquals(
                List.of("result differs: grammar=elm group=2 found=version 13 not parsed expected=version 12 not"
                        + " parsed"),
                differences("outcome 2 elm 12", line -> "outcome 2 elm 13"));
    }

    @Test
    void shouldSeeAnotherAddressOfTheSameModule() {
        assertEquals(
                List.of("place differs: group=1 Module[grammar=elm, handle=4] found=Place[slot=41, address=2001]"
                        + " expected=Place[slot=41, address=2000]"),
                differences("loaded 1 elm 4 41 2000", line -> "loaded 1 elm 4 41 2001"));
        assertEquals(
                1,
                differences("loaded 1 elm 4 41 2000", line -> "loaded 1 elm 4 42 2000")
                        .size());
    }

    @Test
    void shouldSeeAnotherFunctionTable() {
        for (final String line : List.of("settled 1 print 3 5 9", "settled " + LATE + " print 3 5 9")) {
            assertTrue(
                    differences(line, settled -> settled.replace("print", "other"))
                            .get(0)
                            .startsWith("function tables differ: fingerprints=["),
                    line);
        }
    }

    @Test
    void shouldSeeMoreModulesThanInTheReferenceRun() {
        assertEquals(
                List.of("number of modules differs: group=1 found=4 expected=3"),
                differences("settled 1 print 3 5 9", line -> "settled 1 print 4 5 9"));
    }

    @Test
    void shouldSeeGrammarThatAGroupHasLeftOutOrDoneTwice() {
        assertEquals(
                List.of("grammar was not used once: group=1 grammar=elm uses=null"),
                differences("outcome 1 elm 12", line -> null));
        assertEquals(
                List.of("grammar was not used once: group=1 grammar=elm uses=2"),
                differences("outcome 2 elm 12", line -> "outcome 1 elm 12"));
    }

    @Test
    void shouldSeeVisitorThatHasNotLeft() {
        assertEquals(
                List.of("not every group that was spawned has left: spawned=2 left=1"),
                differences("left 2", line -> null));
    }

    @Test
    void shouldNotUnderstandGroupThatWasNotInvited() {
        final GrammarsTally tally = new GrammarsTally(GrammarsPlanTest.plan(7, "json"));
        assertThrows(IllegalArgumentException.class, () -> tally.hear(Line.of("joined", 9, "VISITOR")));
        assertFalse(tally.hear(Line.of("babble")));
    }
}
