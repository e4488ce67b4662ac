package dev.lockstep.cli.demo;

import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.treesitter.ParsedTree;
import dev.lockstep.engine.treesitter.TreeSitterGuest;
import dev.lockstep.engine.treesitter.TreeSitterHost;
import dev.lockstep.engine.wasm.HostFunctions;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/**
 * web-tree-sitter with its grammars, which nobody here wrote. Its allocator is not thread-safe: one group at a time.
 *
 * @param modules as npm has laid them out.
 */
record TreeSitter(DemoModules modules) implements DemoProgram {
    /** The shared mutex under which guest code runs. */
    private static final int GUEST_MUTEX = 0;

    @Override
    public Path directory() {
        return modules.directory();
    }

    @Override
    public Path main() {
        return modules.main();
    }

    @Override
    public Path module(final Language language) {
        return modules.grammar(language);
    }

    @Override
    public String function(final Language language) {
        return language.function();
    }

    @Override
    public void require(final Language language) throws NoSuchFileException {
        modules.requireGrammar(language);
    }

    @Override
    public int guestMutex() {
        return GUEST_MUTEX;
    }

    @Override
    public DemoGuest newGuest() {
        return new Guest();
    }

    /** One group's parser. */
    private static final class Guest implements DemoGuest {
        private final TreeSitterHost host = new TreeSitterHost();
        private final Map<Language, Integer> languages = new EnumMap<>(Language.class);
        private TreeSitterGuest parser;

        @Override
        public HostFunctions host() {
            return host;
        }

        @Override
        public void open(final GuestReplica replica, final Language language, final int slot) {
            if (parser == null) {
                parser = new TreeSitterGuest(replica, host);
            }
            languages.put(language, parser.language(replica.slot(slot)));
        }

        @Override
        public Verdict read(final Language language, final String text) {
            final ParsedTree tree = parser.parse(languages.get(language), text);
            return Verdict.of(text, tree.expression(), tree.nodes(), tree.hasErrors());
        }

        @Override
        public void close() {
            if (parser != null) {
                parser.close();
            }
        }
    }
}
