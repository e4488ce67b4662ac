package dev.lockstep.lock;

/**
 * Sleeping on a word of the shared memory until another thread, of this JVM or another one, wakes: the kernel's part of
 * {@link SleepWords}, and a seam.
 *
 * <p>Thread-safe.
 */
public interface Futex {
    /** {@return whether the calling thread may sleep; a virtual one would keep its carrier from the others} */
    boolean canSleep();

    /**
     * Sleeps until woken, for a millisecond or so at most. Returns at once if the word is another one by now; deciding that
     * and falling asleep is one step to {@link #wake}. May return early.
     *
     * @param offset of the word, a multiple of 8.
     * @param word that was seen there; its low half is compared.
     */
    void sleep(int offset, long word);

    /**
     * Wakes who sleeps on a word.
     *
     * @param offset of the word.
     */
    void wake(int offset);
}
