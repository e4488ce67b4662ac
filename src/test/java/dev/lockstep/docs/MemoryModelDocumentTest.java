package dev.lockstep.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.net.URL;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

/**
 * Every access to shared memory is in {@code native-notes/memory-model.md} with its access mode, and nothing is there that
 * the code does not do. Compared are pairs of access and method; that the row names the right word is for the reader.
 */
class MemoryModelDocumentTest {
    private static final Pattern CORE = Pattern.compile("dev\\.lockstep\\.(region|process|lock|broadcast|linker)\\b.*");
    private static final Pattern ACCESS = Pattern.compile("(get|put|compareAnd|add|setMemory).*|.*Fence");
    private static final Pattern WHERE = Pattern.compile("`(\\w+\\.[\\w<>]+)`");

    private static Set<String> inTheCode() {
        final Set<String> pairs = new TreeSet<>();
        final URL classes =
                SharedBuffer.class.getProtectionDomain().getCodeSource().getLocation();
        for (final JavaClass type : new ClassFileImporter().importUrl(classes)) {
            if (!CORE.matcher(type.getPackageName()).matches() || type.isAssignableTo(DirectBuffer.class)) {
                continue; // above the core, or the seam itself
            }
            type.getMethodCallsFromSelf().forEach(call -> {
                final JavaClass owner = call.getTargetOwner();
                if (owner.isEquivalentTo(SharedBuffer.class) || owner.isEquivalentTo(MappedBuffer.class)) {
                    add(pairs, type, call);
                }
            });
            // A reference to an inherited method names who declares it; in the core only shared buffers are referred
            // to.
            type.getMethodReferencesFromSelf().forEach(reference -> {
                if (reference.getTargetOwner().isAssignableTo(DirectBuffer.class)) {
                    add(pairs, type, reference);
                }
            });
        }
        return pairs;
    }

    private static void add(final Set<String> pairs, final JavaClass type, final JavaCodeUnitAccess<?> access) {
        if (ACCESS.matcher(access.getName()).matches()) {
            pairs.add(type.getSimpleName() + "." + access.getOrigin().getName() + " " + access.getName());
        }
    }

    private static Set<String> inTheDocument() {
        final Set<String> pairs = new TreeSet<>();
        final Map<String, List<List<String>>> sections =
                Documents.tables(Documents.read("native-notes/memory-model.md"));
        for (final List<List<String>> rows : sections.values()) {
            for (final List<String> row : rows) {
                final String access = Documents.code(row.get(1));
                if (ACCESS.matcher(access).matches()) {
                    WHERE.matcher(row.get(2)).results().forEach(where -> pairs.add(where.group(1) + " " + access));
                }
            }
        }
        return pairs;
    }

    @Test
    void shouldNameEveryAccessToSharedMemoryAndNoOther() {
        final Set<String> code = inTheCode();
        final Set<String> document = inTheDocument();
        assertTrue(code.size() > 100, "accesses found: " + code);

        final Set<String> undocumented = new TreeSet<>(code);
        undocumented.removeAll(document);
        final Set<String> outdated = new TreeSet<>(document);
        outdated.removeAll(code);

        assertEquals(Set.of(), undocumented, "add to memory-model.md, with the reason");
        assertEquals(Set.of(), outdated, "memory-model.md names what the code does not do");
    }
}
