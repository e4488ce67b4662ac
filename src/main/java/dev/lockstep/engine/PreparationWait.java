package dev.lockstep.engine;

import dev.lockstep.engine.PreparationFiles.Member;
import dev.lockstep.engine.PreparationFiles.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the other processes have answered to the requests of one call, and whether one of them takes too long.
 *
 * <p>A process takes too long if it gives no answer for the time of the timeout, from the moment on that it is asked. Any
 * answer counts, also one to somebody else's request: who has just come prepares first what was loaded before, and one that
 * is suspended answers nothing.
 *
 * <p>For one thread. It does not wait itself: it is asked again and again, and as long as the number of a process' answers
 * does not change that costs one look at a file a process.
 */
final class PreparationWait {
    private final PreparationFiles files;
    private final List<Request> requests;
    private final Duration timeout;
    private final Map<Member, Pace> paces = new HashMap<>();

    PreparationWait(final PreparationFiles files, final List<Request> requests, final Duration timeout) {
        this.files = files;
        this.requests = List.copyOf(requests);
        this.timeout = timeout;
    }

    /** How a process gets on. */
    private static final class Pace {
        private final List<Request> missing;
        private long answers = -1;
        private long since;

        Pace(final List<Request> missing) {
            this.missing = new ArrayList<>(missing);
        }
    }

    /**
     * Looks at the answers.
     *
     * @param members the processes that are alive now; those that do not take part are passed over.
     * @param nanoTime now.
     * @return whether all of them have prepared all modules.
     * @throws LinkException if one refuses a module or takes too long.
     * @throws IOException if a file can't be read.
     */
    boolean isOver(final List<Member> members, final long nanoTime) throws IOException {
        boolean over = true;
        for (final Member member : members) {
            final long answers = files.answers(member);
            if (answers < 0) {
                paces.remove(member);
                continue;
            }
            final Pace pace = paces.computeIfAbsent(member, any -> new Pace(requests));
            if (answers != pace.answers) {
                // the number was read before the answers are: what comes in between changes it again
                pace.answers = answers;
                pace.since = nanoTime;
                look(member, pace);
            }
            if (!pace.missing.isEmpty()) {
                over = false;
                requireTime(member, pace, nanoTime);
            }
        }
        return over;
    }

    private void look(final Member member, final Pace pace) throws IOException {
        pace.missing.removeIf(request -> files.isPrepared(request.module(), member));
        for (final Request request : pace.missing) {
            final String reason = files.refusal(request, member);
            if (reason != null) {
                throw LinkException.of(LinkError.MODULE_REFUSED, "process refuses a module")
                        .module(request.module().hex())
                        .with("process", member.index())
                        .with("reason", reason)
                        .build();
            }
        }
    }

    private void requireTime(final Member member, final Pace pace, final long nanoTime) {
        if (nanoTime - pace.since >= timeout.toNanos()) {
            throw LinkException.of(
                            LinkError.MODULE_REFUSED, "process does not prepare a module, is it suspended, try again")
                    .module(pace.missing.get(0).module().hex())
                    .with("process", member.index())
                    .with("prepared", requests.size() - pace.missing.size())
                    .with("of", requests.size())
                    .with("timeout", timeout)
                    .build();
        }
    }
}
