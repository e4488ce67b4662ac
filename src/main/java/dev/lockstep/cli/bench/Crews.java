package dev.lockstep.cli.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Crews that are compared: they take turns, a fresh one each segment, so that none has threads beside another's. */
final class Crews {
    private final Map<String, Crew.Recruiter> recruiters = new LinkedHashMap<>();

    /** Adds one by the name that it is reported as. */
    Crews add(final String name, final Crew.Recruiter recruiter) {
        recruiters.put(name, recruiter);
        return this;
    }

    /** Lets all of them work, and reports the times of each. */
    void report(final Work work) throws Exception {
        final Segments segments = new Segments(work.plan());
        final Map<String, Histogram> counted = new LinkedHashMap<>();
        recruiters.keySet().forEach(name -> counted.put(name, Segments.create()));
        for (int i = 0; i < segments.count(); i++) {
            for (final Map.Entry<String, Crew.Recruiter> entry : recruiters.entrySet()) {
                try (Crew crew = entry.getValue().recruit(i)) {
                    crew.operate(segments.end(i), segments.histogram(i, counted.get(entry.getKey())));
                }
            }
        }
        counted.forEach(work::report);
    }
}
