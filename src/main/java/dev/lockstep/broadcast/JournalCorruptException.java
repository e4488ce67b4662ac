package dev.lockstep.broadcast;

/**
 * Something in the files that says where and what the committed operations are is damaged. Nothing was changed by the
 * call that threw, and nothing of the damaged part was used.
 */
public final class JournalCorruptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Name of the file. */
    private final String file;

    /** Where in it. */
    private final long position;

    /** The word that is wrong. */
    private final String word;

    JournalCorruptException(final String file, final long position, final String word, final String found) {
        super("journal damaged: file=" + file + " position=" + position + " word=" + word + " found=" + found
                + ", remove the universe and start again");
        this.file = file;
        this.position = position;
        this.word = word;
    }

    /** {@return name of the damaged file} */
    public String file() {
        return file;
    }

    /** {@return first byte of the frame or of the word in the file} */
    public long position() {
        return position;
    }

    /** {@return the word of the frame or of the end cell that is wrong} */
    public String word() {
        return word;
    }
}
