package dev.lockstep.bench.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** Functions of the C library. Those of threads return an error number, and 0 if there was none. */
final class PosixLibrary {
    private static final FunctionDescriptor OF_POINTER = FunctionDescriptor.of(JAVA_INT, ADDRESS);

    private PosixLibrary() {}

    /** {@return a function of one pointer} */
    static MethodHandle ofPointer(final String name) {
        return handle(name, OF_POINTER);
    }

    /** {@return the same, called without leaving the JVM's state: for what never waits} */
    static MethodHandle ofPointerCritical(final String name) {
        return handle(name, OF_POINTER, Linker.Option.critical(false));
    }

    /** {@return a function of a pointer and an int} */
    static MethodHandle ofPointerAndInt(final String name) {
        return handle(name, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    }

    /** {@return a function of two pointers} */
    static MethodHandle ofTwoPointers(final String name) {
        return handle(name, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(
            final String name, final FunctionDescriptor descriptor, final Linker.Option... options) {
        final Linker linker = Linker.nativeLinker();
        final SymbolLookup lookup = linker.defaultLookup();
        final MemorySegment function = lookup.find(name)
                .orElseThrow(() -> new IllegalStateException("c library has no such function: function=" + name));
        return linker.downcallHandle(function, descriptor, options);
    }

    /** Throws if a function returned an error. */
    static void require(final String function, final int error) {
        if (error != 0) {
            throw new IllegalStateException(function + " failed: error=" + error);
        }
    }

    /** {@return what a method handle threw, which none of these does} */
    static IllegalStateException unexpected(final Throwable failure) {
        return new IllegalStateException("call of the c library failed", failure);
    }
}
