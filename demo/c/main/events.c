/* The log of events: who ran when, as constructors tell it. */
#include "guest.h"
#include <stdatomic.h>

enum { CAPACITY = 65536 };

static _Atomic int next;
static _Atomic int events[CAPACITY];

/* Events that find the log full are counted but not kept. */
void event(int what) {
    int index = atomic_fetch_add(&next, 1);
    if (index >= 0 && index < CAPACITY) {
        atomic_store(&events[index], what);
    }
}

int event_count(void) {
    return atomic_load(&next);
}

/* 0 = there is none, or its writer has counted it and not stored it yet. */
int event_at(int index) {
    return index >= 0 && index < CAPACITY ? atomic_load(&events[index]) : 0;
}

__attribute__((constructor(102))) static void constructed(void) {
    event(EVENT_MAIN_CONSTRUCTED);
}

void _initialize(void) {
    event(EVENT_MAIN_INITIALIZED);
}
