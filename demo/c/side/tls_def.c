/* Thread-locals: initialised, zero, aligned, local to the file, and one that must be relocated in every group's block. */
#include "guest.h"

int tls_anchor = 7;

_Thread_local int tls_value = 42;
_Thread_local int *tls_pointer = &tls_anchor;
_Thread_local int tls_zero;
_Thread_local char tls_aligned[64] __attribute__((aligned(64)));
static _Thread_local int calls = 1000;

int tls_get(void) {
    return tls_value;
}

void tls_set(int value) {
    tls_value = value;
}

int *tls_address(void) {
    return &tls_value;
}

int tls_follow(void) {
    return *tls_pointer;
}

int **tls_pointer_address(void) {
    return &tls_pointer;
}

int tls_add_zero(int n) {
    return tls_zero += n;
}

int tls_misaligned(void) {
    return (int)((unsigned)tls_aligned % 64);
}

int tls_calls(void) {
    return ++calls;
}

__attribute__((constructor)) static void constructed(void) {
    event(EVENT_TLS_DEF);
}
