package dev.lockstep.lock;

import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * {@link Futex} by Linux's system call. This class is what a JVM before 22 loads, which cannot call it; the jar holds another
 * one of the same name for later ones.
 */
public final class LinuxFutex {
    private LinuxFutex() {}

    /**
     * {@return whether this JVM can sleep and wake by the system call: it is 22 or later, on Linux, has loaded the class
     * that is made for it, and native access is enabled for the module that the class is in}
     */
    public static boolean isAvailable() {
        return false;
    }

    /**
     * A futex on words of mapped memory.
     *
     * @param memory that is mapped from a file, shared.
     * @return nothing, unless {@link #isAvailable()}.
     */
    public static Optional<Futex> over(final DirectBuffer memory) {
        return Optional.empty();
    }
}
