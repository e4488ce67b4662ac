package dev.lockstep.linker.table;

/**
 * The file holds what cannot be: its tables or its redo area are damaged. Nothing was written.
 *
 * <p>A reader that reads optimistically may also see this when a writer was at work meanwhile: if the version of the
 * state lock has moved, it reads again; if not, the damage is real.
 */
public final class TableCorruptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Name of the region. */
    private final String region;

    /** Name of the word. */
    private final String word;

    TableCorruptException(final String region, final String word, final long value, final long offset) {
        super("linker.dat is damaged: region=" + region + " word=" + word + " value=" + value + " offset=" + offset
                + ", end the processes that use the universe and create it anew");
        this.region = region;
        this.word = word;
    }

    /** {@return name of the region that is damaged} */
    public String region() {
        return region;
    }

    /** {@return name of the word that cannot be} */
    public String word() {
        return word;
    }
}
