package dev.lockstep.cli.bench;

import java.util.List;

/** What two JVMs have opened to compare, one's end of it. For one thread. */
interface Contestant extends AutoCloseable {
    /** {@return what is measured with it; the same, in the same order, in both JVMs} */
    List<Part> parts();

    @Override
    void close() throws java.io.IOException;
}
