package dev.lockstep.cli.grammars;

import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.linker.Universe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the groups of a JVM share, and who they are. Thread-safe. */
final class Home {
    private static final long END_MILLIS = 30_000;

    private final LauncherLink link;
    private final GrammarsPlan plan;
    private final int jvm;
    private final Universe universe;
    private final GuestProcess process;
    private final ModulePreparation preparation;
    private final Map<Integer, Member> residents = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();

    Home(
            final LauncherLink link,
            final GrammarsPlan plan,
            final int jvm,
            final Universe universe,
            final GuestProcess process,
            final ModulePreparation preparation) {
        this.link = link;
        this.plan = plan;
        this.jvm = jvm;
        this.universe = universe;
        this.process = process;
        this.preparation = preparation;
    }

    LauncherLink link() {
        return link;
    }

    GrammarsPlan plan() {
        return plan;
    }

    int jvm() {
        return jvm;
    }

    Universe universe() {
        return universe;
    }

    GuestProcess process() {
        return process;
    }

    ModulePreparation preparation() {
        return preparation;
    }

    /** {@return the residents of this JVM, by number} */
    Map<Integer, Member> residents() {
        return residents;
    }

    /** Starts a group on a thread of its own. */
    void start(final Member member) {
        if (member.kind() == Kind.RESIDENT) {
            residents.put(member.number(), member);
        }
        final Thread thread = new Thread(member, "group-" + member.number());
        synchronized (threads) {
            threads.removeIf(other -> !other.isAlive() && other.getState() == Thread.State.TERMINATED);
            threads.add(thread);
        }
        thread.start();
    }

    /** Waits until all groups have ended; nobody starts any more. */
    void awaitEnd() throws InterruptedException {
        final List<Thread> all;
        synchronized (threads) {
            all = List.copyOf(threads);
        }
        for (final Thread thread : all) {
            thread.join(END_MILLIS);
            if (thread.isAlive()) {
                throw new IllegalStateException("group does not end: thread=" + thread.getName());
            }
        }
    }
}
