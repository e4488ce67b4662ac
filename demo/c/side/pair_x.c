/* Its constructor loads pair_y, whose constructor loads it. */
#include "guest.h"

static int handle = -1;

int pair_x_value(int n) {
    return n + 1;
}

/* The handle of the other; 0 = its constructor was told that it cannot be loaded, -1 = the constructor did not run. */
int pair_x_other(void) {
    return handle;
}

/* Calls the other; -1 = its function is not found. */
int pair_x_through(int n) {
    int (*value)(int) = (int (*)(int))lockstep_dlsym(handle, "pair_y_value");
    return value == NULL ? -1 : value(n);
}

__attribute__((constructor)) static void construct(void) {
    event(EVENT_PAIR_X_BEFORE);
    handle = lockstep_dlopen("pair_y.wasm");
    event(EVENT_PAIR_X_AFTER);
}
