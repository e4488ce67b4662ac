/* Needs cycle_a, which needs it. */
#include "guest.h"

int cycle_a(int depth);
int cycle_a_value(void);

static int (*const volatile other)(int) = cycle_a;

int cycle_b(int depth) {
    return depth <= 0 ? 0 : 1 + cycle_a(depth - 1);
}

int cycle_b_value(void) {
    return 2;
}

int cycle_b_both(void) {
    return cycle_b_value() + 10 * cycle_a_value();
}

int cycle_b_pointer(int depth) {
    return other(depth);
}

__attribute__((constructor)) static void constructed(void) {
    event(EVENT_CYCLE_B);
}
