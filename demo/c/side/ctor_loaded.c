/* Loaded by the constructor of ctor_loads. */
#include "guest.h"

int ctor_loaded_value(int x) {
    return x + 1000;
}

__attribute__((constructor)) static void constructed(void) {
    event(EVENT_CTOR_LOADED);
}
