package dev.lockstep.linker.table;

/** Where tables are read from: the file itself, or the file with a transaction's staged writes over it. */
@FunctionalInterface
interface TableView {
    /**
     * {@return a word}
     *
     * @param offset of the word in {@code linker.dat}, a multiple of 8.
     */
    long getLong(int offset);
}
