/* A constructor that traps, while the main module says so. */
#include "guest.h"

__attribute__((constructor)) static void construct(void) {
    event(EVENT_CTOR_TRAP_BEFORE);
    if (trap_is_armed()) {
        __builtin_trap();
    }
    event(EVENT_CTOR_TRAP_AFTER);
}

int ctor_trap_value(int x) {
    return x + 9;
}
