package dev.lockstep.cli.grammars;

import dev.lockstep.cli.demo.Verdict;
import dev.lockstep.engine.loader.GuestLinker;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.UniverseLinker;
import dev.lockstep.engine.treesitter.ParsedTree;
import dev.lockstep.engine.treesitter.TreeSitterGuest;
import dev.lockstep.engine.treesitter.TreeSitterHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What one group does with grammars, whichever linker it has. Used by its thread only. */
final class Session {
    /**
     * A grammar that is loaded.
     *
     * @param handle of its module.
     * @param slot of the function that gives the language.
     * @param address of the language.
     * @param version of the language's layout.
     */
    record Loaded(int handle, int slot, int address, int version) {}

    private final GuestLinker linker;
    private final GuestReplica replica;
    private final TreeSitterHost host;
    private final Path support;
    private final Runnable enter;
    private final Runnable leave;
    private int supportHandle;
    private TreeSitterGuest guest;

    private Session(
            final GuestLinker linker,
            final GuestReplica replica,
            final TreeSitterHost host,
            final Path support,
            final Runnable enter,
            final Runnable leave) {
        this.linker = linker;
        this.replica = replica;
        this.host = host;
        this.support = support;
        this.enter = enter;
        this.leave = leave;
    }

    /** {@return the session of a group in a universe} */
    static Session shared(final UniverseLinker linker, final TreeSitterHost host, final Path support) {
        return new Session(linker, linker.replica(), host, support, linker::enterGuest, linker::leaveGuest);
    }

    /** {@return the session of the only group} */
    static Session alone(
            final GuestLinker linker, final GuestReplica replica, final TreeSitterHost host, final Path support) {
        return new Session(linker, replica, host, support, () -> {}, () -> {});
    }

    private interface GuestCall<T> {
        T run();
    }

    private <T> T inGuest(final GuestCall<T> call) {
        enter.run();
        try {
            if (guest == null) {
                guest = new TreeSitterGuest(replica, host);
            }
            return call.run();
        } finally {
            leave.run();
        }
    }

    Loaded load(final Grammar grammar) throws IOException {
        final int handle = linker.loadModule(grammar.module());
        final int slot = linker.resolveFunction(handle, grammar.function());
        return inGuest(() -> {
            final int address = replica.slot(slot).callInt();
            return new Loaded(handle, slot, address, guest.version(address));
        });
    }

    /** {@return what came of parsing the sample; nothing if the parser does not know the version of the language} */
    Optional<Verdict> parse(final Grammar grammar, final Loaded loaded) throws IOException {
        final String text = grammar.text();
        if (grammar.needsSupport() && supportHandle == 0) {
            // behind the grammar: what it lacks is found when it is first called, or was there if another one has come
            // before
            supportHandle = linker.loadModule(support);
        }
        final ParsedTree tree =
                inGuest(() -> guest.accepts(loaded.version()) ? guest.parse(loaded.address(), text) : null);
        return Optional.ofNullable(tree)
                .map(made -> Verdict.of(text, made.expression(), made.nodes(), made.hasErrors()));
    }

    /** {@return whether the grammar's module was taken out; no parser may refer to it} */
    boolean unload(final Loaded loaded) {
        return linker.unloadModule(loaded.handle());
    }

    /** Lets go of the support module, if it was loaded. */
    void unloadSupport() {
        if (supportHandle != 0) {
            linker.unloadModule(supportHandle);
            supportHandle = 0;
        }
    }

    /** Frees the parser, which refers to the grammar that it used last. */
    void endParsing() {
        if (guest != null) {
            inGuest(() -> {
                guest.close();
                return null;
            });
        }
    }
}
