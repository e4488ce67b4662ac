package dev.lockstep.engine.treesitter;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.loader.GuestFunction;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.wasm.GuestMemory;

/**
 * One group's parser in the guest.
 *
 * <p>Every method calls the guest: the caller is the group's thread and holds the guest lock of the universe. The first
 * group has initialised the main module (data, relocations, constructors) before any makes one of these.
 *
 * <p>Each group has a stack of its own; the allocator and the parser's globals are shared, hence the lock.
 */
public final class TreeSitterGuest implements AutoCloseable {
    private final TreeSitterHost host;
    private final GuestMemory memory;
    private final GuestFunction setLanguage;
    private final GuestFunction languageVersion;
    private final GuestFunction parse;
    private final GuestFunction deleteTree;
    private final GuestFunction deleteParser;
    private final GuestFunction rootNode;
    private final GuestFunction nodeToString;
    private final GuestFunction nodeCount;
    private final GuestFunction hasError;
    private final GuestFunction free;
    private final int oldestLanguage;
    private final int newestLanguage;
    private int parser;
    private int input;

    /**
     * Makes a parser in the guest.
     *
     * @param replica of the group.
     * @param host that the replica was made with.
     */
    public TreeSitterGuest(final GuestReplica replica, final TreeSitterHost host) {
        this.host = host;
        memory = replica.memory();
        setLanguage = main(replica, "ts_parser_set_language");
        languageVersion = main(replica, "ts_language_abi_version");
        parse = main(replica, "ts_parser_parse_wasm");
        deleteTree = main(replica, "ts_tree_delete");
        deleteParser = main(replica, "ts_parser_delete");
        rootNode = main(replica, "ts_tree_root_node_wasm");
        nodeToString = main(replica, "ts_node_to_string_wasm");
        nodeCount = main(replica, "ts_node_descendant_count_wasm");
        hasError = main(replica, "ts_node_has_error_wasm");
        free = main(replica, "free");
        final int transfer = main(replica, "ts_init").callInt();
        newestLanguage = memory.readInt(transfer);
        oldestLanguage = memory.readInt(transfer + Integer.BYTES);
        main(replica, "ts_parser_new_wasm").call();
        parser = memory.readInt(transfer);
        input = memory.readInt(transfer + Integer.BYTES);
    }

    private static GuestFunction main(final GuestReplica replica, final String name) {
        return replica.exported(GuestReplica.MAIN_HANDLE, name);
    }

    /**
     * Asks a grammar for its language.
     *
     * @param grammar function {@code tree_sitter_…} of the grammar's module.
     * @return address of the language, the same in every group.
     * @throws IllegalArgumentException if the parser can't use a language of that version.
     */
    public int language(final GuestFunction grammar) {
        final int language = grammar.callInt();
        final int version = version(language);
        if (!accepts(version)) {
            throw new IllegalArgumentException("grammar is of a version that the parser can't use: version=" + version
                    + " oldest=" + oldestLanguage + " newest=" + newestLanguage);
        }
        return language;
    }

    /**
     * {@return version of a language's layout}
     *
     * @param language address that its grammar's function gave.
     */
    public int version(final int language) {
        return languageVersion.callInt(language);
    }

    /**
     * {@return whether the parser can use languages of a version}
     *
     * @param version of their layout.
     */
    public boolean accepts(final int version) {
        return version >= oldestLanguage && version <= newestLanguage;
    }

    /**
     * Parses a text.
     *
     * @param language as {@link #language} gave it.
     * @param text to parse.
     * @return what is kept of the tree; the tree itself has been freed.
     */
    public ParsedTree parse(final int language, final String text) {
        if (parser == 0) {
            throw new IllegalStateException("parser is closed");
        }
        if (setLanguage.callInt(parser, language) == 0) {
            throw new IllegalArgumentException("parser refuses the language: address=" + language);
        }
        host.text(text);
        final int tree = parse.callInt(parser, input, 0, 0, 0);
        host.text("");
        if (tree == 0) {
            throw new IllegalStateException("parser gave no tree: characters=" + text.length());
        }
        rootNode.call(tree);
        final int nodes = nodeCount.callInt(tree);
        rootNode.call(tree);
        final boolean errors = hasError.callInt(tree) != 0;
        rootNode.call(tree);
        final int expression = nodeToString.callInt(tree);
        final ContentHash hash = ContentHash.of(bytesUntilZero(expression));
        free.call(expression);
        deleteTree.call(tree);
        return new ParsedTree(hash, nodes, errors);
    }

    private byte[] bytesUntilZero(final int address) {
        int end = address;
        while (memory.readByte(end) != 0) {
            end++;
        }
        return memory.readBytes(address, end - address);
    }

    /** Frees the parser. Does nothing the second time. */
    @Override
    public void close() {
        if (parser != 0) {
            deleteParser.call(parser);
            free.call(input);
            parser = 0;
            input = 0;
        }
    }
}
