package dev.lockstep.linker.table;

import dev.lockstep.region.SharedBuffer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A buffer whose user dies before a certain store: none after it happens. */
final class DyingBuffer {
    /** The end of the user. */
    static final class Death extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final SharedBuffer proxy;
    private int storesLeft;
    private int stores;

    DyingBuffer(final SharedBuffer buffer, final int storesBeforeDeath) {
        storesLeft = storesBeforeDeath;
        proxy = (SharedBuffer) Proxy.newProxyInstance(
                SharedBuffer.class.getClassLoader(), new Class<?>[] {SharedBuffer.class}, (self, method, arguments) -> {
                    final String name = method.getName();
                    if (name.startsWith("put") || name.startsWith("compareAnd") || name.startsWith("getAnd")) {
                        if (storesLeft == 0) {
                            throw new Death();
                        }
                        storesLeft--;
                        stores++;
                    }
                    try {
                        return method.invoke(buffer, arguments);
                    } catch (final InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    SharedBuffer buffer() {
        return proxy;
    }

    int stores() {
        return stores;
    }
}
