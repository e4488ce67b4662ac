/* Addresses of functions: a function has one, whoever asks. */
#include "guest.h"

int peer_function(int x);
int (*peer_address_own(void))(int);
int (*peer_address_main(void))(int);
int peer_same(int (*a)(int), int (*b)(int));

int got_function(int x) {
    return x + 100;
}

static int got_static(int x) {
    return x + 300;
}

int (*got_address_main(void))(int) {
    return main_twice;
}

int (*got_address_own(void))(int) {
    return got_function;
}

int (*got_address_static(void))(int) {
    return got_static;
}

int (*got_address_peer(void))(int) {
    return peer_function;
}

/* All comparisons that must hold: 7 = each. */
int got_same(void) {
    return (main_twice == peer_address_main()) | (peer_function == peer_address_own()) << 1
        | peer_same(got_function, got_address_own()) << 2;
}

/* How many of the four functions share an address: 0. */
int got_equal(void) {
    int (*all[])(int) = {main_twice, got_function, got_static, peer_function};
    int equal = 0;
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < i; j++) {
            equal += all[i] == all[j];
        }
    }
    return equal;
}

/* Calls all four, two of them by the main module. */
int got_call_all(int x) {
    return call_pointer(got_function, x) + call_pointer(peer_function, x) + got_address_static()(x) + got_address_main()(x);
}
