package dev.lockstep.docs;

import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Every call in the core's bytecode that touches shared memory, counted by instruction: {@code Class.method access} and how
 * often. What a lambda does counts for the method that it stands in.
 */
final class SharedAccesses {
    /** Names of what touches memory, or orders it. */
    static final Pattern ACCESS = Pattern.compile("(get|put|compareAnd|add|setMemory).*|.*Fence");

    private static final List<String> CORE = List.of("region", "process", "lock", "broadcast", "linker");
    private static final Pattern LAMBDA = Pattern.compile("lambda\\$(.+)\\$\\d+");

    /** What a call through the seam names as its owner. */
    private static final Set<String> SEAM =
            Set.of(Type.getInternalName(SharedBuffer.class), Type.getInternalName(MappedBuffer.class));

    private final Map<String, Integer> counts = new TreeMap<>();

    private SharedAccesses() {}

    static Map<String, Integer> inTheCore() {
        final SharedAccesses accesses = new SharedAccesses();
        try {
            final Path classes = Path.of(SharedBuffer.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            for (final String name : CORE) {
                try (Stream<Path> files =
                        Files.walk(classes.resolve("dev/lockstep").resolve(name))) {
                    files.filter(file -> file.toString().endsWith(".class")).forEach(accesses::read);
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final URISyntaxException e) {
            throw new AssertionError(e);
        }
        return accesses.counts;
    }

    private void read(final Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            final ClassReader reader = new ClassReader(in);
            if (!SEAM.contains(reader.getClassName())) {
                reader.accept(new Methods(simpleName(reader.getClassName())), ClassReader.SKIP_DEBUG);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String simpleName(final String internalName) {
        return internalName.substring(Math.max(internalName.lastIndexOf('/'), internalName.lastIndexOf('$')) + 1);
    }

    private static String methodName(final String name) {
        final Matcher lambda = LAMBDA.matcher(name);
        if (!lambda.matches()) {
            return name;
        }
        return switch (lambda.group(1)) {
            case "new" -> "<init>";
            case "static" -> "<clinit>";
            default -> lambda.group(1);
        };
    }

    private final class Methods extends ClassVisitor {
        private final String type;

        Methods(final String type) {
            super(Opcodes.ASM9);
            this.type = type;
        }

        @Override
        public MethodVisitor visitMethod(
                final int access, final String name, final String descriptor, final String sig, final String[] thrown) {
            return new Calls(type + "." + methodName(name));
        }
    }

    private final class Calls extends MethodVisitor {
        private final String where;

        Calls(final String where) {
            super(Opcodes.ASM9);
            this.where = where;
        }

        @Override
        public void visitMethodInsn(
                final int opcode, final String owner, final String name, final String descriptor, final boolean itf) {
            if (SEAM.contains(owner)) {
                count(name);
            }
        }

        @Override
        public void visitInvokeDynamicInsn(
                final String name, final String descriptor, final Handle bootstrap, final Object... arguments) {
            for (final Object argument : arguments) {
                // A reference to an inherited method names who declares it; in the core only shared buffers are
                // referred to.
                if (argument instanceof Handle handle
                        && (SEAM.contains(handle.getOwner())
                                || handle.getOwner().startsWith("org/agrona/"))) {
                    count(handle.getName());
                }
            }
        }

        private void count(final String access) {
            if (ACCESS.matcher(access).matches()) {
                counts.merge(where + " " + access, 1, Integer::sum);
            }
        }
    }
}
