package dev.lockstep.region;

import java.lang.module.ResolvedModule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The flags that a JVM needs before Agrona and Chronicle Bytes work in it, as a check and as a list.
 *
 * <p>Without them the first use fails deep inside with an {@code IllegalAccessError}. The checks are made at the first
 * call of the library instead, before any class of Agrona's or Chronicle's is loaded, and say what to add. They read
 * the module graph only, take microseconds and are made anew at every call. They use no streams, which a JVM that has only
 * just started would have to load.
 *
 * <p>Thread-safe; stateless.
 */
public final class JvmFlags {
    /** A package of {@code java.base} that a library reaches into. */
    private record Need(String packageName, boolean opened, boolean essential, String module) {
        boolean isMet(final Module base, final Module user) {
            return opened ? base.isOpen(packageName, user) : base.isExported(packageName, user);
        }

        String flag(final Module user) {
            return option() + " " + argument(user.isNamed() ? user.getName() : UNNAMED);
        }

        String option() {
            return opened ? "--add-opens" : "--add-exports";
        }

        String argument(final String target) {
            return "java.base/" + packageName + "=" + target;
        }
    }

    private static final String UNNAMED = "ALL-UNNAMED";
    private static final int FIRST_WITH_FOREIGN_FUNCTIONS = 22;
    private static final int FIRST_WITH_UNSAFE_WARNING = 24;

    private static final List<Need> CORE = List.of(new Need("jdk.internal.misc", false, true, "org.agrona"));

    private static final List<Need> JOURNAL = List.of(
            new Need("jdk.internal.ref", false, false, "chronicle.core"),
            new Need("sun.nio.ch", false, true, "chronicle.core"),
            new Need("java.lang.reflect", true, true, "chronicle.core"));

    private JvmFlags() {}

    /**
     * Checks what the core needs, which is what Agrona needs.
     *
     * @throws IllegalStateException if a flag is missing; the message says which to add.
     */
    public static void check() {
        check(CORE, "agrona");
    }

    /**
     * Checks what the journal needs beside that, which is what Chronicle Bytes needs. A flag that only keeps Chronicle
     * quiet is not asked for, but named with the others if one of them is missing.
     *
     * @throws IllegalStateException if a flag is missing; the message says which to add.
     */
    public static void checkJournal() {
        check(JOURNAL, "chronicle bytes");
    }

    /**
     * The flags for a command line that starts another JVM with Lockstep on its class path, those included that let it
     * sleep until another JVM wakes it, and keep it quiet, on the version that this JVM has.
     *
     * @return the arguments, one an element; unmodifiable.
     */
    public static List<String> arguments() {
        final List<String> arguments = new ArrayList<>(required());
        if (Runtime.version().feature() >= FIRST_WITH_FOREIGN_FUNCTIONS) {
            arguments.add("--enable-native-access=" + UNNAMED);
        }
        if (Runtime.version().feature() >= FIRST_WITH_UNSAFE_WARNING) {
            arguments.add("--sun-misc-unsafe-memory-access=allow");
        }
        return List.copyOf(arguments);
    }

    /** {@return the flags that do not depend on the version of the JVM, one argument an element} */
    static List<String> required() {
        return Stream.concat(CORE.stream(), JOURNAL.stream())
                .flatMap(need -> Stream.of(need.option(), need.argument(UNNAMED)))
                .toList();
    }

    private static void check(final List<Need> needs, final String user) {
        final Module base = Object.class.getModule();
        final List<Need> missing = new ArrayList<>();
        boolean essential = false;
        for (final Need need : needs) {
            if (!need.isMet(base, moduleOf(need.module()))) {
                missing.add(need);
                essential |= need.essential();
            }
        }
        if (essential) {
            throw new IllegalStateException(
                    user + " cannot reach into the jdk: missing=" + names(missing) + ", add to the java command: "
                            + missing.stream()
                                    .map(need -> need.flag(moduleOf(need.module())))
                                    .collect(Collectors.joining(" ")));
        }
    }

    private static String names(final List<Need> needs) {
        return needs.stream().map(Need::packageName).collect(Collectors.joining(","));
    }

    /** On the module path a library has a module of its own, on the class path it shares ours. */
    private static Module moduleOf(final String name) {
        final ModuleLayer layer = ModuleLayer.boot();
        for (final ResolvedModule module : layer.configuration().modules()) {
            if (module.name().equals(name)) {
                return layer.findModule(name).orElseThrow();
            }
        }
        return JvmFlags.class.getModule();
    }
}
