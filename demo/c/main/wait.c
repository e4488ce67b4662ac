/*
 * A mutex, a condition and a permit on memory.atomic.wait32 and notify. The mutex is 0 = free, 1 = held, 2 = held and somebody may be
 * waiting (U. Drepper, "Futexes Are Tricky").
 */
#include "guest.h"
#include <stdatomic.h>

static void wait_while(int *word, int value, long long nanos) {
    __builtin_wasm_memory_atomic_wait32(word, value, nanos);
}

static void wake(int *word, unsigned count) {
    __builtin_wasm_memory_atomic_notify(word, count);
}

void guest_lock(int *mutex) {
    _Atomic int *word = (_Atomic int *)mutex;
    int seen = 0;
    if (atomic_compare_exchange_strong(word, &seen, 1)) {
        return;
    }
    while (atomic_exchange(word, 2) != 0) {
        wait_while(mutex, 2, -1);
    }
}

void guest_unlock(int *mutex) {
    if (atomic_exchange((_Atomic int *)mutex, 0) == 2) {
        wake(mutex, 1);
    }
}

/* May return without a signal: the caller looks again. */
void guest_wait(int *condition, int *mutex) {
    int seen = atomic_load((_Atomic int *)condition);
    guest_unlock(mutex);
    wait_while(condition, seen, -1);
    guest_lock(mutex);
}

void guest_signal(int *condition) {
    atomic_fetch_add((_Atomic int *)condition, 1);
    wake(condition, 1);
}

void guest_broadcast(int *condition) {
    atomic_fetch_add((_Atomic int *)condition, 1);
    wake(condition, ~0u);
}

/* Waits for a permit and takes it. */
void park(int *permit) {
    while (atomic_exchange((_Atomic int *)permit, 0) == 0) {
        wait_while(permit, 0, -1);
    }
}

/* As park, but waits once and at most so long: 1 = took the permit. A negative time is no limit. */
int park_nanos(int *permit, long long nanos) {
    if (atomic_exchange((_Atomic int *)permit, 0) != 0) {
        return 1;
    }
    wait_while(permit, 0, nanos);
    return atomic_exchange((_Atomic int *)permit, 0) != 0;
}

void unpark(int *permit) {
    atomic_store((_Atomic int *)permit, 1);
    wake(permit, 1);
}
