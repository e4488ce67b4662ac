package dev.lockstep.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Every access to shared memory is in {@code native-notes/memory-model.md} with its access mode, as often as the bytecode
 * makes it, and nothing is there that the code does not do. So a changed mode, a fence that is dropped where there are
 * several, and one more access in a method that is listed already are all noticed. That the row names the right word is for
 * the reader.
 */
class MemoryModelDocumentTest {
    private static final Pattern WHERE = Pattern.compile("`(\\w+\\.[\\w<>]+)`(?: ×(\\d+))?");

    /** What the document says, summed over its rows: a method can be named in several, once for each word. */
    private static Map<String, Integer> inTheDocument() {
        final Map<String, Integer> counts = new TreeMap<>();
        final Map<String, List<List<String>>> sections =
                Documents.tables(Documents.read("native-notes/memory-model.md"));
        for (final List<List<String>> rows : sections.values()) {
            for (final List<String> row : rows) {
                final String access = Documents.code(row.get(1));
                if (SharedAccesses.ACCESS.matcher(access).matches()) {
                    WHERE.matcher(row.get(2))
                            .results()
                            .forEach(where -> counts.merge(where.group(1) + " " + access, times(where), Integer::sum));
                }
            }
        }
        return counts;
    }

    private static int times(final MatchResult where) {
        return where.group(2) == null ? 1 : Integer.parseInt(where.group(2));
    }

    @Test
    void shouldNameEveryAccessToSharedMemoryAsOftenAsItIsMadeAndNoOther() {
        final Map<String, Integer> code = SharedAccesses.inTheCore();
        final Map<String, Integer> document = inTheDocument();
        assertTrue(code.size() > 100, "accesses found: " + code);

        final TreeSet<String> pairs = new TreeSet<>(code.keySet());
        pairs.addAll(document.keySet());
        final Map<String, String> different = new TreeMap<>();
        for (final String pair : pairs) {
            final int made = code.getOrDefault(pair, 0);
            final int named = document.getOrDefault(pair, 0);
            if (made != named) {
                different.put(pair, "code=" + made + " document=" + named);
            }
        }
        assertEquals(
                Map.of(),
                different,
                "bring memory-model.md up to the code, with the reason; several calls are written ×n");
    }
}
