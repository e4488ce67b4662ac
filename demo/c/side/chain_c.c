/* The end of the chain. It is needed as chain_c.so and stored as chain_c.wasm. */
#include "guest.h"

int chain_c(int x) {
    return x + 3;
}

__attribute__((constructor)) static void constructed(void) {
    event(EVENT_CHAIN_C);
}
