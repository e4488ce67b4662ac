/* A constructor that loads a module, resolves a symbol of it and calls it. */
#include "guest.h"

static int handle;
static int result = -1;

__attribute__((constructor)) static void construct(void) {
    event(EVENT_CTOR_LOADS_BEFORE);
    handle = lockstep_dlopen("ctor_loaded.wasm");
    int (*value)(int) = (int (*)(int))lockstep_dlsym(handle, "ctor_loaded_value");
    result = value == NULL ? -2 : value(5);
    event(EVENT_CTOR_LOADS_AFTER);
}

int ctor_loads_handle(void) {
    return handle;
}

/* What the call gave; -1 = the constructor did not run, -2 = the symbol was not found. */
int ctor_loads_result(void) {
    return result;
}
