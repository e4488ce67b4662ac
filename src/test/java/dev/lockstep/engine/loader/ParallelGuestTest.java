package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main module in C on shared memory, run by two groups in each of two JVMs at once, without any lock but the guest's own, while
 * all of them load and unload modules. What must come out is in {@code demo/c/README.md}.
 */
class ParallelGuestTest {
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto");
    private static final int GROUPS = 4;
    private static final int ROUNDS = 25;
    private static final int ADDS = 40;
    private static final int PUTS = 8;

    @TempDir
    Path directory;

    private CWorld world;

    @BeforeEach
    void open() throws Exception {
        world = CWorld.open(directory);
        world.join();
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    /**
     * What one group has to do. Groups 0 and 1 are the first JVM's, 2 and 3 the second one's; 0 and 2 fill the queue that 1 and 3
     * empty, 0 and 3 hand permits to each other, as 1 and 2 do.
     */
    private record Work(CGuest guest, int number, int permits) {
        private int call(final String function, final long... arguments) {
            return guest.callHere("main.wasm", function, arguments);
        }

        private void tell(final String function, final long... arguments) {
            guest.replica().exported(GuestReplica.MAIN_HANDLE, function).call(arguments);
        }

        /** The permit of a group, an i32. */
        private int permit(final int of) {
            return permits + of * Integer.BYTES;
        }

        /** {@return sum of what was put, as a negative number, or taken} */
        long run() throws IOException {
            long sum = 0;
            tell("local_set", 1000 + number);
            for (int round = 0; round < ROUNDS; round++) {
                call("locked_add", ADDS);
                for (int i = 0; i < PUTS; i++) {
                    if (number % 2 == 0) {
                        final int value = (round * PUTS + i) * GROUPS + number;
                        tell("queue_put", value);
                        sum -= value;
                    } else {
                        sum += call("queue_take");
                    }
                }
                call("counter_add", number + 1);
                assertEquals(0, call("malloc_check", 40, round * GROUPS + number), "bytes that somebody else changed");
                final int other = GROUPS - 1 - number;
                if (number < other) {
                    tell("unpark", permit(other));
                    tell("park", permit(number));
                } else {
                    tell("park", permit(number));
                    tell("unpark", permit(other));
                }
                load(round);
                assertEquals(1000 + number, call("local_get"), "its own");
                assertEquals(1, call("stack_is_within"));
            }
            return sum;
        }

        private void load(final int round) throws IOException {
            final UniverseLinker linker = guest.linker();
            switch ((round + number) % 3) {
                case 0 -> {
                    final int handle = linker.loadModule("tls_use.wasm");
                    guest.replica().exported(handle, "use_set").call(number);
                    call("spin", 2000);
                    assertEquals(number, guest.callHere("tls_def.wasm", "tls_get"), "its own");
                    linker.unloadModule(handle);
                }
                case 1 -> {
                    final int handle = linker.loadModule("chain_a.wasm");
                    final int slot = linker.resolveFunction(handle, "chain_a");
                    assertEquals(27, call("call_pointer", slot, 10));
                    linker.unloadModule(handle);
                }
                default -> {
                    final int handle = linker.loadModule("data_relocs.wasm");
                    assertEquals(130, guest.callHere("data_relocs.wasm", "reloc_checked"));
                    linker.unloadModule(handle);
                }
            }
        }
    }

    private interface Task {
        long run(CGuest guest, int number) throws Exception;
    }

    /** Two groups at once. */
    private static List<Long> both(final CWorld of, final int firstNumber, final Task task) {
        final List<Future<Long>> works = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            final int number = firstNumber + i;
            final CGuest guest = of.guest(i);
            works.add(guest.submit(() -> task.run(guest, number)));
        }
        return works.stream().map(TestGroup::get).toList();
    }

    private static List<Long> work(final CWorld of, final int firstNumber, final int permits) {
        return both(of, firstNumber, (guest, number) -> new Work(guest, number, permits).run());
    }

    private static List<Long> spin(final CWorld of, final int word) {
        return both(of, 0, (guest, number) -> {
            ForkedJvm.say("spinning");
            return (long) guest.callHere("main.wasm", "spin_until", word);
        });
    }

    private static List<Long> addresses(final CWorld of) {
        return both(of, 0, (guest, number) -> (long) guest.callHere("main.wasm", "local_address"));
    }

    /** {@return what a function that is found late was found to be: its slot} */
    private static List<Long> lazy(final CWorld of, final int user) {
        return both(of, 0, (guest, number) -> {
            assertEquals(7, guest.replica().exported(user, "lazy_call").callInt(2));
            return (long) guest.group().readOptimistically(state -> state.findSymbol(user, "lazy_answer"));
        });
    }

    /** Two groups that obey "work PERMITS", "spin WORD", "addresses", "lazy HANDLE", "fingerprint" and "leave". */
    static final class WorkerMain {
        public static void main(final String[] args) throws Exception {
            try (CWorld world = CWorld.prepare(
                    Path.of(args[0]), config -> config, GuestOptions.defaults(), UniverseLinker.PARALLEL)) {
                world.join();
                world.join();
                ForkedJvm.say("joined");
                while (true) {
                    final String[] words = ForkedJvm.nextLine().split(" ");
                    switch (words[0]) {
                        case "work" -> say(work(world, 2, Integer.parseInt(words[1])));
                        case "spin" -> say(spin(world, Integer.parseInt(words[1])));
                        case "addresses" -> say(addresses(world));
                        case "lazy" -> say(lazy(world, Integer.parseInt(words[1])));
                        case "fingerprint" ->
                            ForkedJvm.say("result " + world.guest(0).fingerprint() + " "
                                    + world.guest(1).fingerprint());
                        default -> {
                            return;
                        }
                    }
                }
            }
        }

        private static void say(final List<Long> results) {
            ForkedJvm.say("result " + results.get(0) + " " + results.get(1));
        }
    }

    private static List<Long> results(final ForkedJvm jvm) {
        final List<Long> results = new ArrayList<>();
        for (final String word : jvm.expect("result").split(" ")) {
            results.add(Long.parseLong(word));
        }
        return results;
    }

    /** Zeroed words of the guest's heap. */
    private int words(final int count) {
        final CGuest guest = world.guest(0);
        final int address = guest.main("malloc", count * Integer.BYTES);
        guest.run(() -> {
            guest.replica().memory().clear(address, count * Integer.BYTES);
            return null;
        });
        return address;
    }

    private ForkedJvm startWorker() {
        final ForkedJvm jvm = ForkedJvm.startWith(QUICK_START, WorkerMain.class, directory.toString());
        jvm.expect("joined");
        return jvm;
    }

    @Test
    void shouldComeToTheSameSumsHoweverManyRunAtOnce() {
        final int permits = words(GROUPS);
        final int blocks = world.guest(0).main("malloc_live");
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("work " + permits);
            final List<Long> sums = new ArrayList<>(work(world, 0, permits));
            sums.addAll(results(jvm));
            assertEquals(0, sums.stream().mapToLong(Long::longValue).sum(), "all that was put is taken once: " + sums);
            assertEquals(GROUPS * ROUNDS * ADDS + 1, world.guest(1).main("locked_add", 1));
            assertEquals(ROUNDS * (1 + 2 + 3 + 4), world.guest(0).main("counter_add", 0));
            assertEquals(blocks, world.guest(1).main("malloc_live"), "all is free again");

            jvm.send("addresses");
            final Set<Long> addresses = new HashSet<>(addresses(world));
            addresses.addAll(results(jvm));
            assertEquals(GROUPS, addresses.size(), () -> "of a thread-local: " + addresses);

            jvm.send("fingerprint");
            final String fingerprint = world.guest(0).fingerprint();
            assertEquals(fingerprint + " " + fingerprint, jvm.expect("result"));
            assertEquals(fingerprint, world.guest(1).fingerprint());
            assertEquals(1, world.guest(0).run(() -> world.guest(0).replica().moduleCount()), "all are unloaded");
            jvm.send("leave");
            assertEquals(0, jvm.waitForEnd());
        }
        world.assertSameReplicas();
    }

    @Test
    void shouldFindTheSameFunctionLateInAllGroups() {
        try (ForkedJvm jvm = startWorker()) {
            for (int round = 0; round < 15; round++) {
                final int user = world.guest(0).load("lazy_user.wasm");
                final int provider = world.guest(1).load("lazy_provider.wasm");
                jvm.send("lazy " + user);
                final Set<Long> slots = new HashSet<>(lazy(world, user));
                slots.addAll(results(jvm));
                assertEquals(1, slots.size(), () -> "slots: " + slots);
                assertEquals(
                        Set.of((long) world.guest(1)
                                .run(() -> world.guest(1).linker().resolveFunction(provider, "lazy_answer"))),
                        slots);
                world.guest(0).run(() -> world.guest(0).linker().unloadModule(provider));
                assertTrue(world.guest(1).run(() -> world.guest(1).linker().unloadModule(user)));
            }
            jvm.send("leave");
            assertEquals(0, jvm.waitForEnd());
        }
        world.assertSameReplicas();
    }

    /** They make no call of the host's, all the time: the operation comes in at the prologues of functions. */
    @Test
    void shouldStopForAnOperationInTheMiddleOfGuestCode() throws Exception {
        final CGuest third = world.join();
        final int word = words(1);
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("spin " + word);
            final Future<Integer> own =
                    world.guest(0).submit(() -> world.guest(0).callHere("main.wasm", "spin_until", word));
            jvm.expect("spinning");
            jvm.expect("spinning");
            final int handle = third.load("tls_use.wasm");
            assertEquals(42, third.call("tls_use.wasm", "use_get"));
            assertTrue(third.run(() -> third.linker().unloadModule(handle)));
            assertTrue(third.load("chain_a.wasm") > handle);
            assertEquals(27, third.call("chain_a.wasm", "chain_a", 10));
            assertTrue(!own.isDone(), "it goes on");
            third.run(() -> {
                third.replica().memory().writeInt(word, 1);
                return null;
            });
            assertTrue(TestGroup.get(own) > 0);
            results(jvm).forEach(calls -> assertNotEquals(0L, calls));
            jvm.send("leave");
            assertEquals(0, jvm.waitForEnd());
        }
        world.assertSameReplicas();
    }
}
