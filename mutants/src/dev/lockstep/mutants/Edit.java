package dev.lockstep.mutants;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One change of a source.
 *
 * @param file below {@code src/main/java/dev/lockstep}.
 * @param find what stands there, once; how it is broken into lines does not matter.
 * @param replacement what shall stand there.
 */
record Edit(String file, String find, String replacement) {
    String apply(final String source) {
        final String pattern =
                Arrays.stream(find.strip().split("\\s+")).map(Pattern::quote).collect(Collectors.joining("\\s+"));
        final Matcher matcher = Pattern.compile(pattern).matcher(source);
        if (!matcher.find()) {
            throw new AssertionError("text is not there any more, bring the mutant up to the code: file=" + file
                    + " text=" + find.strip());
        }
        final int begin = matcher.start();
        final int end = matcher.end();
        if (matcher.find()) {
            throw new AssertionError(
                    "text is there more than once, take more of it: file=" + file + " text=" + find.strip());
        }
        return source.substring(0, begin) + replacement.strip() + source.substring(end);
    }
}
