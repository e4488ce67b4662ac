package dev.lockstep.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UniverseConfigTest {
    @Test
    void shouldNameDirectoryAfterUserAndUniverse() {
        final Path directory = UniverseConfig.named("x-1").directory();
        final String name = directory.getFileName().toString();
        assertTrue(name.startsWith("lockstep-") && name.endsWith("-x-1"), name);
        assertTrue(directory.isAbsolute());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "-x", ".hidden", "a b", "a\0b"})
    void shouldRefuseNameWhenItCouldLeaveTheBaseDirectory(final String name) {
        assertThrows(IllegalArgumentException.class, () -> UniverseConfig.named(name));
    }

    @Test
    void shouldLeaveOriginalUntouchedWhenCopied() {
        final UniverseConfig original = UniverseConfig.at(Path.of("/x/../y"));
        final Capacities capacities = Capacities.DEFAULT.withGroups(7);
        final UniverseConfig copy = original.withCapacities(capacities)
                .withSharedWithGroup(true)
                .withConstructorPolicy(ConstructorPolicy.CONTINUE);
        assertEquals(Path.of("/y"), original.directory());
        assertEquals(Capacities.DEFAULT, original.capacities());
        assertFalse(original.sharedWithGroup());
        assertEquals(ConstructorPolicy.ABORT, original.constructorPolicy());
        assertEquals(Path.of("/y"), copy.directory());
        assertEquals(capacities, copy.capacities());
        assertTrue(copy.sharedWithGroup());
        assertEquals(ConstructorPolicy.CONTINUE, copy.constructorPolicy());
    }
}
