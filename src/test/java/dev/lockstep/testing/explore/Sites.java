package dev.lockstep.testing.explore;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.lockstep.broadcast.Journal;
import dev.lockstep.process.ByteLock;
import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.net.URL;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.agrona.DirectBuffer;

/** The access sites that exist in the bytecode, compared with those that the explorations have reached. */
public final class Sites {
    private static final Pattern CORE = Pattern.compile("dev\\.lockstep\\.(region|process|lock|broadcast|linker)\\b.*");
    private static final Pattern ACCESS = Pattern.compile("(get|put|compareAnd|add|setMemory).*|.*Fence");
    private static final Set<String> JOURNAL_ACCESS = Set.of("read", "write");
    private static final Set<String> LOCK_ACCESS = Set.of("tryAcquire", "release");

    private Sites() {}

    static String name(final String type, final String method, final int line, final String access) {
        return type.substring("dev.lockstep.".length()) + "." + method + ":" + line + " " + access;
    }

    private static String withoutLine(final String site) {
        return site.replaceFirst(":\\d+", "");
    }

    /** {@return all sites in the packages of the core} */
    static Set<String> inTheCode() {
        final Set<String> sites = new TreeSet<>();
        final URL classes =
                SharedBuffer.class.getProtectionDomain().getCodeSource().getLocation();
        for (final JavaClass type : new ClassFileImporter().importUrl(classes)) {
            if (!CORE.matcher(type.getPackageName()).matches()
                    || type.isAssignableTo(DirectBuffer.class)
                    || type.isAssignableTo(Journal.class)
                    || type.isAssignableTo(ByteLock.class)) {
                continue; // above the core, or a seam itself
            }
            type.getMethodCallsFromSelf().stream().filter(Sites::isAccess).forEach(call -> add(sites, type, call));
            type.getMethodReferencesFromSelf().stream()
                    .filter(Sites::isAccess)
                    .forEach(reference -> add(sites, type, reference));
        }
        return sites;
    }

    private static boolean isAccess(final JavaCodeUnitAccess<?> call) {
        final JavaClass owner = call.getTargetOwner();
        final String method = call.getName();
        if (owner.isEquivalentTo(SharedBuffer.class) || owner.isEquivalentTo(MappedBuffer.class)) {
            return ACCESS.matcher(method).matches();
        }
        return owner.isEquivalentTo(Journal.class) && JOURNAL_ACCESS.contains(method)
                || owner.isEquivalentTo(ByteLock.class) && LOCK_ACCESS.contains(method);
    }

    private static void add(final Set<String> sites, final JavaClass type, final JavaCodeUnitAccess<?> access) {
        sites.add(name(type.getName(), access.getOrigin().getName(), access.getLineNumber(), access.getName()));
    }

    /**
     * Compares.
     *
     * @param justified sites without their lines, {@code package.Class.method access}, that cannot be reached, with the reason.
     * @return sites that were not reached and are not justified.
     */
    public static Set<String> missing(final Map<String, String> justified) {
        final Set<String> all = inTheCode();
        final Set<String> reached = Coverage.reached();
        final Set<String> killedAt = Coverage.killedAt();
        final Set<String> missing = new TreeSet<>(all);
        missing.removeAll(reached);
        final List<String> excused = missing.stream()
                .filter(site -> justified.containsKey(withoutLine(site)))
                .toList();
        excused.forEach(missing::remove);
        killedAt.retainAll(all);
        System.out.println("explorer: " + Totals.describe() + " access sites=" + all.size() + " reached="
                + (all.size() - missing.size() - excused.size()) + " killed at=" + killedAt.size() + " justified="
                + excused.size() + " missing=" + missing.size());
        excused.forEach(site -> System.out.println("  not reached: " + site + ": " + justified.get(withoutLine(site))));
        missing.forEach(site -> System.out.println("  MISSING: " + site));
        final Set<String> notKilledAt = new TreeSet<>(all);
        notKilledAt.removeAll(missing);
        excused.forEach(notKilledAt::remove);
        notKilledAt.removeAll(killedAt);
        notKilledAt.forEach(site -> System.out.println("  nobody killed at: " + site));
        return missing;
    }
}
