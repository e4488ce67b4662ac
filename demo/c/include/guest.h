/*
 * What every module of the demonstration may call: host functions, and what the main module exports. All of it is
 * thread-safe; groups of several JVMs run in parallel on one memory.
 */
#pragma once

#include <stddef.h>

/* Host functions (import module "env"). */

#define LOCKSTEP_DEFAULT 0
#define LOCKSTEP_NEXT (-1)

/* The handle of the module, loaded if it is not; 0 = failed. */
int lockstep_dlopen(const char *name);

/*
 * The address of a symbol (a table index for a function); 0 = failed. LOCKSTEP_DEFAULT looks in all modules in the order of
 * their handles, LOCKSTEP_NEXT in those after the module that asks: the host knows it by whose import was called.
 */
void *lockstep_dlsym(int handle, const char *name);

/* 0 = done. */
int lockstep_dlclose(int handle);

void lockstep_log(const char *text);

/* The slot of the group that asks. */
int lockstep_group(void);

/* The main module: memory. */

void *malloc(size_t size);
void free(void *pointer);

/* The main module: waiting. A mutex, a condition and a permit are an int each, at first 0. */

void guest_lock(int *mutex);
void guest_unlock(int *mutex);
void guest_wait(int *condition, int *mutex);
void guest_signal(int *condition);
void guest_broadcast(int *condition);
void park(int *permit);
int park_nanos(int *permit, long long nanos);
void unpark(int *permit);

/* The main module: the log of events that constructors write to; an event is not 0. */

enum {
    EVENT_MAIN_CONSTRUCTED = 1,
    EVENT_MAIN_INITIALIZED = 2,
    EVENT_TLS_DEF = 100,
    EVENT_TLS_USE = 110,
    EVENT_CTORS_PRIORITY_101 = 201,
    EVENT_CTORS_PRIORITY_102 = 202,
    EVENT_CTORS_PRIORITY_200 = 203,
    EVENT_CTORS_FIRST = 204,
    EVENT_CTORS_SECOND = 205,
    EVENT_CHAIN_A = 301,
    EVENT_CHAIN_B = 302,
    EVENT_CHAIN_C = 303,
    EVENT_CYCLE_A = 311,
    EVENT_CYCLE_B = 312,
    EVENT_CTOR_LOADS_BEFORE = 401,
    EVENT_CTOR_LOADED = 402,
    EVENT_CTOR_LOADS_AFTER = 403,
    EVENT_PAIR_X_BEFORE = 411,
    EVENT_PAIR_X_AFTER = 412,
    EVENT_PAIR_Y_BEFORE = 421,
    EVENT_PAIR_Y_AFTER = 422,
    EVENT_CTOR_TRAP_BEFORE = 431,
    EVENT_CTOR_TRAP_AFTER = 432,
    EVENT_DATA_RELOCS = 441,
    EVENT_SCAN = 500
};

void event(int what);
int event_count(void);
int event_at(int index);

/* The main module: things for others to refer to. */

extern int main_value;
extern int main_values[4];
int main_twice(int x);
int main_negate(int x);
int call_pointer(int (*function)(int), int x);
int counter_add(int n);
int trap_is_armed(void);
