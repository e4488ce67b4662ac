package dev.lockstep.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.BootId;
import dev.lockstep.testing.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class HostIdentityTest {
    static final class IdentityMain {
        public static void main(final String[] args) {
            final HostIdentity self = HostIdentity.current();
            ForkedJvm.say(self.startTicks() + " " + self.namespace());
            ForkedJvm.nextLine();
        }
    }

    @Test
    void shouldIdentifyThisProcess() {
        final HostIdentity self = HostIdentity.current();
        assertEquals(ProcessHandle.current().pid(), self.pid());
        assertEquals(BootId.current(), self.boot());
        assertNotEquals(BootId.UNKNOWN, self.boot());
        assertNotEquals(0, self.namespace());
        assertEquals(self, HostIdentity.current());
        assertTrue(ProcessProbe.PROC.isRunning(self.pid(), self.startTicks()));
        assertFalse(ProcessProbe.PROC.isRunning(self.pid(), self.startTicks() - 1));
    }

    @Test
    void shouldSeeAnotherProcessAsItSeesItself() {
        try (ForkedJvm jvm = ForkedJvm.start(IdentityMain.class)) {
            final String[] answer = jvm.readLine().split(" ");
            final long startTicks = Long.parseLong(answer[0]);
            assertEquals(HostIdentity.current().namespace(), Long.parseLong(answer[1]));
            assertTrue(ProcessProbe.PROC.isRunning(jvm.pid(), startTicks));
            jvm.suspend();
            assertTrue(ProcessProbe.PROC.isRunning(jvm.pid(), startTicks));
            jvm.killAndWait();
            assertFalse(ProcessProbe.PROC.isRunning(jvm.pid(), startTicks));
        }
    }
}
