package dev.lockstep.cli.torture;

import dev.lockstep.linker.OperationFlyweight;

/**
 * What an operation is known by: a number in the name of the module or function, or in the signature of a closure; for
 * slots of the table, which have no name, their first index, and for a module that is taken out its handle, which no other
 * operation can have.
 */
final class Tag {
    private static final String PREFIX = "torture-";
    private static final long SLOTS = 1L << 40;
    private static final long MODULE = 1L << 41;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private Tag() {}

    /** {@return a number that nobody else in the round has} */
    static long of(final int place, final int group, final long counter) {
        return ((long) place << 4 | group) << 24 | counter & 0xFF_FFFF;
    }

    /** {@return the tag of an operation that takes slots} */
    static long ofSlots(final int index) {
        return SLOTS | index;
    }

    /** {@return the tag of an operation that takes a module out} */
    static long ofModule(final int handle) {
        return MODULE | handle;
    }

    /** {@return a name that carries the tag} */
    static String name(final long tag) {
        return PREFIX + Long.toHexString(tag);
    }

    /** {@return the tag in a name} */
    static long parse(final String name) {
        if (!name.startsWith(PREFIX)) {
            throw new IllegalArgumentException("name has no tag: name=" + name);
        }
        return Long.parseUnsignedLong(name.substring(PREFIX.length()), 16);
    }

    /** {@return the tag of an operation} */
    static long of(final OperationFlyweight operation) {
        return switch (operation.kind()) {
            case OperationFlyweight.LOAD_MODULES -> {
                operation.rewindModules();
                operation.nextModule();
                yield parse(operation.module().name());
            }
            case OperationFlyweight.RESOLVE_FUNCTION -> parse(operation.functionName());
            case OperationFlyweight.RETIRE_MODULE -> ofModule(operation.retiredHandle());
            case OperationFlyweight.PREPARE_CLOSURE -> parse(operation.closureSignature());
            default -> ofSlots(operation.allocateIndex());
        };
    }

    /** {@return a hash of all that an operation says, but for its sequence; never 0} */
    static long digest(final OperationFlyweight operation) {
        long hash = mix(operation.kind(), operation.tableLengthBefore());
        hash = mix(hash, operation.tableLengthAfter());
        hash = mix(hash, operation.instigator());
        hash = mix(hash, operation.memoryLengthAfter());
        switch (operation.kind()) {
            case OperationFlyweight.LOAD_MODULES -> {
                operation.rewindModules();
                while (operation.nextModule()) {
                    hash = mix(hash, operation.moduleHandle());
                    hash = mix(hash, operation.moduleMemoryBase());
                    hash = mix(hash, operation.moduleTableBase());
                }
                hash = mix(hash, of(operation));
            }
            case OperationFlyweight.RESOLVE_FUNCTION -> {
                hash = mix(hash, operation.functionTableIndex());
                hash = mix(hash, of(operation));
            }
            case OperationFlyweight.RETIRE_MODULE -> hash = mix(hash, operation.retiredHandle());
            case OperationFlyweight.PREPARE_CLOSURE -> {
                hash = mix(hash, operation.closureIndex());
                hash = mix(hash, operation.closureBackingFunction());
                hash = mix(hash, operation.closureUserData());
                hash = mix(hash, of(operation));
            }
            default -> {
                hash = mix(hash, operation.allocateIndex());
                hash = mix(hash, operation.allocateSize());
            }
        }
        return hash == 0 ? 1 : hash;
    }

    private static long mix(final long hash, final long value) {
        final long mixed = (hash ^ value) * MIX;
        return mixed ^ mixed >>> 29;
    }
}
