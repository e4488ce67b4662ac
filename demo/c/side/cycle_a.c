/* Needs cycle_b, which needs it. */
#include "guest.h"

int cycle_b(int depth);
int cycle_b_value(void);

static int (*const volatile other)(int) = cycle_b;

/* As many calls as the depth says, in turns. */
int cycle_a(int depth) {
    return depth <= 0 ? 0 : 1 + cycle_b(depth - 1);
}

int cycle_a_value(void) {
    return 1;
}

int cycle_a_both(void) {
    return cycle_a_value() + 10 * cycle_b_value();
}

int cycle_a_pointer(int depth) {
    return other(depth);
}

__attribute__((constructor)) static void constructed(void) {
    event(EVENT_CYCLE_A);
}
