package dev.lockstep.lock;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * {@link Futex} by Linux's system call, through {@code syscall} of the C library that the JVM runs on. No errno is looked at:
 * whatever ends a sleep, who slept looks at memory again.
 *
 * <p>Both operations are the shared ones, which know a word by its file and page, so that they work between processes that
 * have mapped the file at different addresses. A thread asleep is in native code: it keeps no safepoint waiting. An interrupt
 * does not end a sleep, the end of its slice does.
 */
public final class LinuxFutex implements Futex {
    private static final long SLICE_NANOS = 1_000_000;
    private static final long WAIT = 0;
    private static final long WAKE = 1;
    private static final long ONE = 1;
    private static final long NONE = 0;
    private static final long LOW_HALF = 0xFFFF_FFFFL;
    private static final long UNKNOWN = -1;

    private static final long NUMBER = number(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));

    /** What takes time to load, and calls for native access: initialised by {@link #prepare} only. */
    private static final class Call {
        private static final Optional<MethodHandle> FOUND = find();
        private static final MethodHandle SYSCALL = FOUND.orElse(null);

        /** A relative time in nanoseconds, of two words; read by the kernel only. */
        private static final long SLICE = slice();

        /** Number, address, operation, value, time; variadic but for the first. */
        @SuppressWarnings("restricted")
        private static Optional<MethodHandle> find() {
            final Linker linker = Linker.nativeLinker();
            final FunctionDescriptor signature = FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG);
            return linker.defaultLookup()
                    .find("syscall")
                    .map(address -> linker.downcallHandle(address, signature, Linker.Option.firstVariadicArg(1)));
        }

        private static long slice() {
            final MemorySegment slice = Arena.global().allocate(ValueLayout.JAVA_LONG, 2);
            slice.setAtIndex(ValueLayout.JAVA_LONG, 0, 0);
            slice.setAtIndex(ValueLayout.JAVA_LONG, 1, SLICE_NANOS);
            return slice.address();
        }

        private Call() {}
    }

    private final DirectBuffer memory;
    private final long address;
    private volatile boolean wanted;
    private volatile boolean ready;
    private boolean tried;

    private LinuxFutex(final DirectBuffer memory) {
        this.memory = memory;
        address = memory.addressOffset();
    }

    private static long number(final String os, final String architecture) {
        if (!os.equals("Linux")) {
            return UNKNOWN;
        }
        return switch (architecture) {
            case "amd64" -> 202;
            case "aarch64" -> 98;
            default -> UNKNOWN;
        };
    }

    /**
     * {@return whether this JVM can sleep and wake by the system call: it is 22 or later, on Linux, has loaded the class
     * that is made for it, and native access is enabled for the module that the class is in}
     */
    public static boolean isAvailable() {
        return NUMBER != UNKNOWN && LinuxFutex.class.getModule().isNativeAccessEnabled();
    }

    /**
     * A futex on words of mapped memory. Cheap: see {@link #prepare}.
     *
     * @param memory that is mapped from a file, shared.
     * @return nothing, unless {@link #isAvailable()}.
     */
    public static Optional<Futex> over(final DirectBuffer memory) {
        return isAvailable() && memory.byteArray() == null ? Optional.of(new LinuxFutex(memory)) : Optional.empty();
    }

    @Override
    public void prepare() {
        if (wanted && !tried) {
            tried = true;
            // a sandbox may forbid it: found out here, once, and not by sleeps that end at once
            ready = Call.FOUND.isPresent() && call(0, WAKE, ONE, NONE) == 0;
        }
    }

    @Override
    public boolean canSleep() {
        return isReady() && !Thread.currentThread().isVirtual();
    }

    private boolean isReady() {
        if (!ready) {
            wanted = true;
            return false;
        }
        return true;
    }

    @Override
    public void sleep(final int offset, final long word) {
        call(offset, WAIT, word & LOW_HALF, Call.SLICE);
    }

    @Override
    public boolean wake(final int offset) {
        return isReady() && call(offset, WAKE, ONE, NONE) > 0;
    }

    private long call(final int offset, final long operation, final long value, final long time) {
        memory.boundsCheck(offset, Long.BYTES);
        try {
            return (long) Call.SYSCALL.invokeExact(NUMBER, address + offset, operation, value, time);
        } catch (final RuntimeException | Error failure) {
            throw failure;
        } catch (final Throwable impossible) {
            throw new AssertionError("a downcall threw a checked exception", impossible);
        }
    }
}
