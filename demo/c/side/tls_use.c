/* Another module's thread-local, read, written and pointed to by its symbol. */
#include "guest.h"

extern _Thread_local int tls_value;
int *tls_address(void);

int use_get(void) {
    return tls_value;
}

void use_set(int value) {
    tls_value = value;
}

int *use_address(void) {
    return &tls_value;
}

int use_same(void) {
    return &tls_value == tls_address();
}

__attribute__((constructor)) static void constructed(void) {
    event(EVENT_TLS_USE);
}
