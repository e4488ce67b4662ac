package dev.lockstep.cli.grammars;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A grammar and a text to parse with it.
 *
 * @param name of the language, as its package has it.
 * @param module file of the module.
 * @param sample file of the text.
 */
record Grammar(String name, Path module, Path sample) {
    /** Those whose scanners call what web-tree-sitter does not have: isalpha, and C++'s operator new. */
    private static final Set<String> UNSUPPORTED = Set.of("bash", "yaml");

    /** {@return name of the function that gives the language} */
    String function() {
        return "tree_sitter_" + name;
    }

    /** {@return whether the support module has to be there before a text is parsed} */
    boolean needsSupport() {
        return UNSUPPORTED.contains(name);
    }

    /** {@return the text} */
    String text() throws IOException {
        return Files.readString(sample, StandardCharsets.UTF_8);
    }
}
