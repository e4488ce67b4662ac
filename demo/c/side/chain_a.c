/* Needs chain_b, which it finds by its runtime path $ORIGIN/lib. */
#include "guest.h"

int chain_b(int x);

int chain_a(int x) {
    return chain_b(x) + 1;
}

__attribute__((constructor)) static void constructed(void) {
    event(EVENT_CHAIN_A);
}
