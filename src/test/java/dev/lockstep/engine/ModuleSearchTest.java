package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.lockstep.engine.Located.Attempt;
import dev.lockstep.engine.Located.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModuleSearchTest {
    @TempDir
    Path temporary;

    private Path root;
    private Path first;
    private Path second;
    private Path defaults;
    private Path plugins;
    private Path working;
    private ModuleSearch search;

    @BeforeEach
    void makeDirectories() throws IOException {
        root = temporary.toRealPath();
        first = Files.createDirectories(root.resolve("first"));
        second = Files.createDirectories(root.resolve("second"));
        defaults = Files.createDirectories(root.resolve("defaults"));
        plugins = Files.createDirectories(root.resolve("app/plugins"));
        working = Files.createDirectories(root.resolve("working"));
        search = ModuleSearch.of(List.of(first, second))
                .withDefaultDirectories(List.of(defaults))
                .withWorkingDirectory(working);
    }

    @AfterEach
    void makeReadableAgain() throws IOException {
        Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("rwx------"));
    }

    private static Path file(final Path path) throws IOException {
        Files.createDirectories(path.getParent());
        return Files.write(path, new byte[] {0});
    }

    private Requirer requirer(final String... runtimePath) {
        return new Requirer(plugins.resolve("host.wasm"), List.of(runtimePath));
    }

    private void assertFound(final Path expected, final Located located) {
        assertTrue(located.isFound(), located.tried());
        assertEquals(expected, located.path());
    }

    private static List<Reason> reasons(final Located located) {
        return located.attempts().stream().map(Attempt::reason).toList();
    }

    @Test
    void shouldLookInTheDirectoriesInOrder() throws IOException {
        final Requirer requirer = requirer("$ORIGIN");
        final Path last = file(defaults.resolve("m.wasm"));
        assertFound(last, search.locate("m.wasm", requirer));
        final Path beside = file(plugins.resolve("m.wasm"));
        assertFound(beside, search.locate("m.wasm", requirer));
        final Path late = file(second.resolve("m.wasm"));
        assertFound(late, search.locate("m.wasm", requirer));
        final Path early = file(first.resolve("m.wasm"));
        final Located located = search.locate("m.wasm", requirer);
        assertFound(early, located);
        assertEquals(early, located.place());
        assertEquals(List.of(), located.attempts());
    }

    @Test
    void shouldNameEveryPlaceWhenAModuleIsNowhere() throws IOException {
        Files.createDirectory(second.resolve("libm.so"));
        final Located located = search.locate("libm.so", requirer("$ORIGIN/../lib"));
        assertFalse(located.isFound());
        assertNull(located.path());
        assertNull(located.place());
        assertEquals(
                List.of(
                        new Attempt(first + "/libm.so", Reason.MISSING, ""),
                        new Attempt(first + "/libm.wasm", Reason.MISSING, ""),
                        new Attempt(second + "/libm.so", Reason.DIRECTORY, ""),
                        new Attempt(second + "/libm.wasm", Reason.MISSING, ""),
                        new Attempt(plugins + "/../lib/libm.so", Reason.MISSING, ""),
                        new Attempt(plugins + "/../lib/libm.wasm", Reason.MISSING, ""),
                        new Attempt(defaults + "/libm.so", Reason.MISSING, ""),
                        new Attempt(defaults + "/libm.wasm", Reason.MISSING, "")),
                located.attempts());
        assertTrue(located.tried().contains(second + "/libm.so: a directory, "), located.tried());
    }

    @Test
    void shouldSayThatThereIsNoDirectoryToLookIn() {
        final Located located = ModuleSearch.of(List.of()).locate("m.wasm", Requirer.NONE);
        assertFalse(located.isFound());
        assertEquals("no directory to look in", located.tried());
    }

    @Test
    void shouldNotLookInTheWorkingDirectoryForAPlainName() throws IOException {
        file(working.resolve("m.wasm"));
        assertFalse(search.locate("m.wasm", Requirer.NONE).isFound());
        assertFound(working.resolve("m.wasm"), search.locate("./m.wasm", Requirer.NONE));
    }

    @Test
    void shouldTakeANameWithASlashForAPath() throws IOException {
        file(first.resolve("sub/m.wasm"));
        file(plugins.resolve("sub/m.wasm"));
        assertEquals(
                List.of(new Attempt(working + "/sub/m.wasm", Reason.MISSING, "")),
                search.locate("sub/m.wasm", requirer("$ORIGIN")).attempts());
        final Path relative = file(working.resolve("sub/m.wasm"));
        assertFound(relative, search.locate("sub/m.wasm", requirer("$ORIGIN")));
        final Path absolute = file(root.resolve("elsewhere/m.wasm"));
        assertFound(absolute, search.locate(absolute.toString(), null));
        assertFound(absolute, search.locate("../elsewhere/m.wasm", null));
    }

    @Test
    void shouldFallBackToTheOtherSuffixInTheSamePlace() throws IOException {
        final Path there = file(first.resolve("libm.wasm"));
        file(second.resolve("libm.so"));
        final Located located = search.locate("libm.so", null);
        assertFound(there, located);
        assertEquals(List.of(new Attempt(first + "/libm.so", Reason.MISSING, "")), located.attempts());
        assertFound(there, search.locate(first + "/libm.so", null));
        final Path asAsked = file(first.resolve("libm.so"));
        assertFound(asAsked, search.locate("libm.so", null));
    }

    @Test
    void shouldFallBackToTheOtherSuffixOnly() throws IOException {
        file(first.resolve("libm.wasm"));
        file(first.resolve("libm.so.wasm"));
        file(first.resolve(".wasm"));
        for (final String name : List.of("libm", "libm.so.1", "libm.SO", "libm.o", ".so", first + "/.so")) {
            assertFalse(search.locate(name, null).isFound(), name);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$ORIGIN/lib",
                "${ORIGIN}/lib",
                "$ORIGIN/../plugins/lib",
                "/nowhere:$ORIGIN/lib:/nowhere",
                ":$ORIGIN/lib:",
                "$ORIGIN/../${ORIGIN}/nothing:$ORIGIN/lib"
            })
    void shouldReplaceTheOriginByTheDirectoryOfTheRequiringModule(final String runtimePath) throws IOException {
        final Path expected = file(plugins.resolve("lib/m.wasm"));
        assertFound(expected, search.locate("m.wasm", requirer(runtimePath)));
    }

    @Test
    void shouldReplaceTheOriginWhereverItStands() throws IOException {
        final Path expected = file(root.resolve("app/plugins-extra/m.wasm"));
        assertFound(expected, search.locate("m.wasm", requirer("$ORIGIN-extra")));
        assertFound(expected, search.locate("m.wasm", requirer("${ORIGIN}-extra")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"$ORIGINAL", "$origin", "ORIGIN", "${ORIGIN", "${ORIGIN }", "$LIB"})
    void shouldLeaveOtherTextAsItIs(final String runtimePath) throws IOException {
        file(plugins.resolve("m.wasm"));
        assertFalse(search.locate("m.wasm", requirer(runtimePath)).isFound());
        final Path literally = file(working.resolve(runtimePath).resolve("m.wasm"));
        assertFound(literally, search.locate("m.wasm", requirer(runtimePath)));
    }

    @Test
    void shouldReplaceTheOriginOfADirectoryWithSpecialCharacters() throws IOException {
        final Path odd = root.resolve("$1\\ a:b");
        final Path expected = file(odd.resolve("m.wasm"));
        assertFound(expected, search.locate("m.wasm", new Requirer(odd.resolve("host.wasm"), List.of("$ORIGIN"))));
    }

    @Test
    void shouldTakeARelativeRequirerFromTheWorkingDirectory() throws IOException {
        final Path expected = file(working.resolve("m.wasm"));
        assertFound(expected, search.locate("m.wasm", new Requirer(Path.of("host.wasm"), List.of("$ORIGIN"))));
        final Path inRoot = search.locate("m.wasm", new Requirer(Path.of("/host.wasm"), List.of("$ORIGIN/" + working)))
                .path();
        assertEquals(expected, inRoot);
    }

    @Test
    void shouldGoOnWhenAModuleOfBytesHasNoOrigin() throws IOException {
        final Path expected = file(defaults.resolve("m.wasm"));
        final Located located = search.locate("m.wasm", new Requirer(null, List.of("$ORIGIN/lib", "/nowhere")));
        assertFound(expected, located);
        assertEquals(List.of(Reason.MISSING, Reason.MISSING, Reason.NO_ORIGIN, Reason.MISSING), reasons(located));
        assertEquals("$ORIGIN/lib", located.attempts().get(2).place());
    }

    @Test
    void shouldNotSkipOtherDirectoriesForAnEmptyOne() throws IOException {
        file(working.resolve("m.wasm"));
        assertFalse(ModuleSearch.parse(":" + first + "::")
                .withWorkingDirectory(working)
                .locate("m.wasm", requirer("", ":"))
                .isFound());
        assertEquals(
                List.of(first, second),
                ModuleSearch.parse(":" + first + "::" + second).libraryPath());
        assertEquals(List.of(), ModuleSearch.parse("").libraryPath());
        assertFound(
                working.resolve("m.wasm"),
                ModuleSearch.parse(".").withWorkingDirectory(working).locate("m.wasm", null));
    }

    @Test
    void shouldLookOnceInADirectoryThatIsNamedTwice() {
        final Located located = ModuleSearch.of(List.of(first, first))
                .withDefaultDirectories(List.of(first))
                .locate("m.wasm", requirer(first.toString()));
        assertEquals(1, located.attempts().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "m.wasm/", "a/b/", "m\0.wasm", "\0", "/a\0"})
    void shouldFindNothingByWhatIsNoName(final String name) throws IOException {
        file(first.resolve("m.wasm"));
        final Located located = search.locate(name, requirer("$ORIGIN"));
        assertFalse(located.isFound());
        assertEquals(List.of(Reason.BAD_NAME), reasons(located));
        assertFalse(located.tried().contains("\0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", "../..", "/.", "first/..", "./"})
    void shouldNeverTakeADirectoryForAModule(final String name) {
        final Located located =
                ModuleSearch.of(List.of(first)).withWorkingDirectory(root).locate(name, null);
        assertFalse(located.isFound());
        assertEquals(List.of(name.equals("./") ? Reason.BAD_NAME : Reason.DIRECTORY), reasons(located));
    }

    @Test
    void shouldGoOnWhenARuntimePathIsNoPath() throws IOException {
        final Path expected = file(defaults.resolve("m.wasm"));
        final Located located = search.locate("m.wasm", requirer("a\0b"));
        assertFound(expected, located);
        assertEquals(List.of(Reason.MISSING, Reason.MISSING, Reason.BAD_NAME), reasons(located));
        assertThrows(InvalidPathException.class, () -> ModuleSearch.parse("a\0b"));
    }

    @Test
    void shouldFollowLinksToTheFile() throws IOException {
        final Path store = file(root.resolve("store/m-1.2.wasm"));
        final Path link = Files.createSymbolicLink(first.resolve("m.wasm"), Path.of("../store/m-1.2.wasm"));
        final Path directoryLink = Files.createSymbolicLink(root.resolve("link"), first);
        final Located located = ModuleSearch.of(List.of(directoryLink)).locate("m.wasm", null);
        assertFound(store, located);
        assertEquals(directoryLink.resolve("m.wasm"), located.place());
        Files.delete(store);
        assertEquals(
                new Attempt(link.toString(), Reason.MISSING, ""),
                search.locate("m.wasm", null).attempts().get(0));
    }

    @Test
    void shouldGoOnWhenTheWayToAFileCannotBeFollowed() throws IOException {
        final Path expected = file(second.resolve("m.wasm"));
        Files.createSymbolicLink(first.resolve("m.wasm"), Path.of("m.wasm"));
        final Path noDirectory = file(root.resolve("file"));
        final Located located =
                ModuleSearch.of(List.of(first, noDirectory, second)).locate("m.wasm", null);
        assertFound(expected, located);
        assertEquals(List.of(Reason.UNREADABLE, Reason.UNREADABLE), reasons(located));
        for (final Attempt attempt : located.attempts()) {
            assertFalse(attempt.detail().isEmpty());
        }
        assertEquals(
                List.of(Reason.UNREADABLE, Reason.UNREADABLE, Reason.UNREADABLE),
                reasons(search.locate("m".repeat(300), null)));
    }

    @Test
    void shouldNotOpenAPipe() throws Exception {
        final Path expected = file(second.resolve("m.wasm"));
        assertEquals(
                0,
                new ProcessBuilder("mkfifo", first.resolve("m.wasm").toString())
                        .inheritIO()
                        .start()
                        .waitFor());
        final Located located = search.locate("m.wasm", null);
        assertFound(expected, located);
        assertEquals(List.of(Reason.NOT_A_FILE), reasons(located));
    }

    @Test
    void shouldGoOnWhenAFileIsNotReadable() throws IOException {
        final Path expected = file(second.resolve("m.wasm"));
        final Path closed = file(first.resolve("m.wasm"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(closed), "the superuser may read everything");
        final Located located = search.locate("m.wasm", null);
        assertFound(expected, located);
        assertEquals(List.of(Reason.UNREADABLE), reasons(located));
    }

    @Test
    void shouldGoOnWhenADirectoryIsNotReadable() throws IOException {
        final Path expected = file(second.resolve("m.wasm"));
        final Path hidden = file(first.resolve("m.wasm"));
        Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(hidden), "the superuser may read everything");
        final Located located = search.locate("m.wasm", null);
        assertFound(expected, located);
        assertEquals(List.of(Reason.UNREADABLE), reasons(located));
    }

    @Test
    void shouldStayAsItIs() {
        final ModuleSearch other = search.withDefaultDirectories(List.of()).withWorkingDirectory(Path.of("x"));
        assertEquals(List.of(defaults), search.defaultDirectories());
        assertEquals(working, search.workingDirectory());
        assertEquals(List.of(first, second), other.libraryPath());
        assertEquals(Path.of("x").toAbsolutePath(), other.workingDirectory());
        assertThrows(NullPointerException.class, () -> search.locate(null, null));
    }
}
