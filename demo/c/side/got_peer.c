/* The other side of got_func: a function of its own, and how it sees the main module's. */
#include "guest.h"

int peer_function(int x) {
    return x + 200;
}

int (*peer_address_own(void))(int) {
    return peer_function;
}

int (*peer_address_main(void))(int) {
    return main_twice;
}

int peer_same(int (*a)(int), int (*b)(int)) {
    return a == b;
}
