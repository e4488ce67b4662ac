package dev.lockstep.cli.bench;

/** One row of the table. Stateless: the launcher has one and each JVM that it starts has another. */
interface Measurement {
    /** {@return the row's name, a contract} */
    String name();

    /**
     * Measures, in the launcher: starts JVMs, which run {@link #work}, and makes a row of what they report.
     *
     * @param forks to start JVMs with.
     */
    Row measure(Forks forks) throws Exception;

    /**
     * Does what is measured, in a JVM started for it.
     *
     * @param work what to do, and where to report to.
     */
    void work(Work work) throws Exception;
}
