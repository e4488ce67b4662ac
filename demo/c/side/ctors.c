/* Constructors with and without a priority, in another order than they run. */
#include "guest.h"

static int runs;

__attribute__((constructor)) static void first(void) {
    runs++;
    event(EVENT_CTORS_FIRST);
}

__attribute__((constructor(200))) static void late(void) {
    runs++;
    event(EVENT_CTORS_PRIORITY_200);
}

__attribute__((constructor(102))) static void middle(void) {
    runs++;
    event(EVENT_CTORS_PRIORITY_102);
}

__attribute__((constructor(101))) static void early(void) {
    runs++;
    event(EVENT_CTORS_PRIORITY_101);
}

__attribute__((constructor)) static void second(void) {
    runs++;
    event(EVENT_CTORS_SECOND);
}

int ctors_runs(void) {
    return runs;
}
