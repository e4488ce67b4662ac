/* Needs chain_c, which it finds beside itself by its runtime path $ORIGIN. */
#include "guest.h"

int chain_c(int x);

int chain_b(int x) {
    return chain_c(x) * 2;
}

__attribute__((constructor)) static void constructed(void) {
    event(EVENT_CHAIN_B);
}
