/* Modules that are loaded by the guest. */
#include "guest.h"

int open_module(const char *name) {
    return lockstep_dlopen(name);
}

void *find_symbol(int handle, const char *name) {
    return lockstep_dlsym(handle, name);
}

int close_module(int handle) {
    return lockstep_dlclose(handle);
}

/* Loads a module and calls a function int (int) of it: -1 = not loaded, -2 = no such function. */
int open_and_call(const char *module, const char *function, int x) {
    int handle = lockstep_dlopen(module);
    if (handle == 0) {
        return -1;
    }
    int (*found)(int) = (int (*)(int))lockstep_dlsym(handle, function);
    return found == NULL ? -2 : found(x);
}

/* Says so, and tells in which group. */
int say(const char *text) {
    lockstep_log(text);
    return lockstep_group();
}
