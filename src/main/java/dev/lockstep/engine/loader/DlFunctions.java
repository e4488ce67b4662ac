package dev.lockstep.engine.loader;

import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestCaller;
import dev.lockstep.engine.wasm.HostFunction;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.engine.wasm.ValueType;
import dev.lockstep.linker.RendezvousTimeoutException;
import dev.lockstep.region.CapacityExceededException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

/**
 * dlopen and its kin for guests in C, as functions of the host:
 *
 * <pre>
 *  int   lockstep_dlopen(const char *name)              handle; 0: see lockstep_dlerror
 *  void *lockstep_dlsym(int handle, const char *name)   pointer; 0: see lockstep_dlerror. Handle 0: RTLD_DEFAULT, −1: RTLD_NEXT
 *  int   lockstep_dlclose(int handle)                   0, or −1: see lockstep_dlerror
 *  int   lockstep_dlerror(char *text, int bytes)        length of the last error's text, which is copied as far as it fits
 *  int   lockstep_group(void)                           slot of the group
 *  void  lockstep_log(const char *text)                 to the logger dev.lockstep.guest
 * </pre>
 *
 * <p>One a group, since it remembers the last error; used by its thread only. They take the linker from their {@linkplain
 * LinkingCaller caller}.
 */
public final class DlFunctions implements HostFunctions {
    private static final System.Logger GUEST = System.getLogger("dev.lockstep.guest");
    private static final String ENV = "env";
    private static final int RTLD_NEXT = -1;

    private String error = "";

    /** Makes functions that are to belong to a group. */
    public DlFunctions() {}

    /** {@return text of the last error; empty if there was none} */
    public String lastError() {
        return error;
    }

    @Override
    public List<HostFunction> functions() {
        return List.of(
                function("lockstep_dlopen", 1, true, this::open),
                function("lockstep_dlsym", 2, true, this::symbol),
                function("lockstep_dlclose", 1, true, this::close),
                function("lockstep_dlerror", 2, true, this::error),
                function("lockstep_group", 0, true, (guest, arguments) -> new long[] {((LinkingCaller) guest).group()}),
                function("lockstep_log", 1, false, DlFunctions::log));
    }

    private static HostFunction function(
            final String name, final int parameters, final boolean returns, final HostFunction.Body body) {
        return HostFunction.of(
                ENV,
                name,
                new ExternType.Function(
                        Collections.nCopies(parameters, ValueType.I32), returns ? List.of(ValueType.I32) : List.of()),
                body);
    }

    private static GuestLinker linker(final GuestCaller guest) {
        return ((LinkingCaller) guest).linker();
    }

    private interface Attempt {
        int run() throws IOException;
    }

    private long[] attempt(final int failed, final Attempt attempt) {
        try {
            return new long[] {attempt.run()};
        } catch (final LinkException
                | ResolveException
                | CapacityExceededException
                | RendezvousTimeoutException
                | IOException e) {
            error = e.getMessage();
            GUEST.log(System.Logger.Level.DEBUG, error);
            return new long[] {failed};
        }
    }

    private long[] open(final GuestCaller guest, final long... arguments) {
        final String name = guest.memory().readString((int) arguments[0]);
        return attempt(0, () -> linker(guest).loadModule(name));
    }

    private long[] symbol(final GuestCaller guest, final long... arguments) {
        final String name = guest.memory().readString((int) arguments[1]);
        final int handle = (int) arguments[0];
        return attempt(
                0,
                () -> (handle == RTLD_NEXT
                                ? linker(guest).resolveNext(guest.module(), name)
                                : linker(guest).resolveExport(handle, name))
                        .pointer());
    }

    private long[] close(final GuestCaller guest, final long... arguments) {
        return attempt(-1, () -> {
            linker(guest).unloadModule((int) arguments[0]);
            return 0;
        });
    }

    private long[] error(final GuestCaller guest, final long... arguments) {
        final byte[] text = error.getBytes(StandardCharsets.UTF_8);
        final int fits = Math.max(0, Math.min(text.length, (int) arguments[1] - 1));
        if ((int) arguments[1] > 0) {
            guest.memory().writeBytes((int) arguments[0], text, 0, fits);
            guest.memory().writeBytes((int) arguments[0] + fits, new byte[1], 0, 1);
        }
        return new long[] {text.length};
    }

    private static long[] log(final GuestCaller guest, final long... arguments) {
        GUEST.log(System.Logger.Level.INFO, guest.memory().readString((int) arguments[0]));
        return null;
    }
}
