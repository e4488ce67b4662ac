/* One of two modules with a function of the same name. */
#include "guest.h"

/* Whoever comes first in the order of handles is found by name. */
__attribute__((noinline)) int interpose_value(int x) {
    __asm__ volatile("");
    return x + 2;
}

/* Its own: wasm-ld binds calls within a module. */
int interpose_b_direct(int x) {
    return interpose_value(x);
}

/* The first: addresses of exported functions come from the linker. */
int interpose_b_pointer(int x) {
    int (*volatile value)(int) = interpose_value;
    return value(x);
}

/* The one after this module; -1 = there is none. */
int interpose_b_next(int x) {
    int (*value)(int) = (int (*)(int))lockstep_dlsym(LOCKSTEP_NEXT, "interpose_value");
    return value == NULL ? -1 : value(x);
}
