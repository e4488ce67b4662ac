package dev.lockstep.cli.bench;

import java.io.IOException;
import org.HdrHistogram.Histogram;

/** Threads that do something together again and again, led and timed by the calling one, for a segment. */
interface Crew extends AutoCloseable {
    /** Makes a crew for a segment. */
    interface Recruiter {
        Crew recruit(int segment) throws Exception;
    }

    /** Does it until a time, once at the least, and records how long it took each time. */
    void operate(long until, Histogram times) throws Exception;

    /** Ends the other threads. */
    @Override
    void close() throws IOException;
}
