package dev.lockstep.lock;

/**
 * Sleeping on a word of the shared memory until another thread, of this JVM or another one, wakes: the kernel's part of
 * {@link SleepWords}, and a seam.
 *
 * <p>Thread-safe.
 */
public interface Futex {
    /**
     * Loads what sleeping and waking take, if a thread was not let to sleep or did not wake for want of it. That takes
     * a tenth of a second or two, once: by a thread that nobody waits for, every now and then.
     */
    void prepare();

    /**
     * {@return whether the calling thread may sleep} Not before {@link #prepare} was called for it; and never a virtual one,
     * which would keep its carrier from others.
     */
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
     * Wakes who sleeps on a word; not before {@link #prepare} was called for it, so that a sleeper waits for the end of its
     * time then.
     *
     * @param offset of the word.
     * @return whether somebody slept there and was woken.
     */
    boolean wake(int offset);
}
