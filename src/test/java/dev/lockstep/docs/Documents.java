package dev.lockstep.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The project's documents, as text and as the tables in them. */
final class Documents {
    /** Top of the source tree. */
    static final Path HOME = Path.of(System.getProperty("lockstep.home", "")).toAbsolutePath();

    private Documents() {}

    static String read(final String path) {
        try {
            return Files.readString(HOME.resolve(path));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return every document, relative to the top} */
    static List<Path> all() throws IOException {
        final List<Path> documents = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CHANGELOG.md")));
        for (final String directory : List.of("docs", "native-notes")) {
            try (Stream<Path> files = Files.walk(HOME.resolve(directory))) {
                files.filter(file -> file.toString().endsWith(".md"))
                        .map(HOME::relativize)
                        .sorted()
                        .forEach(documents::add);
            }
        }
        return documents;
    }

    /** {@return the fenced blocks of a language, without their fences} */
    static List<String> blocks(final String text, final String language) {
        final List<String> blocks = new ArrayList<>();
        final String fence = "```" + language + "\n";
        int begin = text.indexOf(fence);
        while (begin >= 0) {
            final int end = text.indexOf("```", begin + fence.length());
            blocks.add(text.substring(begin + fence.length(), end));
            begin = text.indexOf(fence, end);
        }
        return blocks;
    }

    /** {@return by its heading (level 2), each section's table rows without the head, as cells} */
    static Map<String, List<List<String>>> tables(final String text) {
        final Map<String, List<List<String>>> sections = new LinkedHashMap<>();
        List<List<String>> rows = new ArrayList<>();
        boolean inBody = false;
        for (final String line : text.lines().toList()) {
            if (line.startsWith("## ")) {
                rows = new ArrayList<>();
                sections.put(line.substring(3).strip(), rows);
            }
            if (!line.startsWith("|")) {
                inBody = false;
            } else if (line.startsWith("|---")) {
                inBody = true;
            } else if (inBody) {
                rows.add(cells(line));
            }
        }
        return sections;
    }

    private static List<String> cells(final String row) {
        return Arrays.stream(row.substring(1, row.lastIndexOf('|')).split("(?<!\\\\)\\|"))
                .map(String::strip)
                .toList();
    }

    /** {@return a cell's text if it is code, else nothing} */
    static String code(final String cell) {
        return cell.length() > 2 && cell.startsWith("`") && cell.endsWith("`")
                ? cell.substring(1, cell.length() - 1)
                : "";
    }
}
