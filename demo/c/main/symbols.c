/* What side modules refer to by name, and what tests ask of the main module itself. */
#include "guest.h"
#include <stdatomic.h>

extern char __heap_base[];
extern char __heap_end[] __attribute__((weak));
extern char __stack_low[];
extern char __stack_high[];

int main_value = 17;
int main_values[4] = {2, 3, 5, 7};
_Thread_local int main_local = 11;

static int *const value_pointer = &main_value;
static int (*const functions[])(int) = {main_twice, main_negate};
static _Atomic int counter;
static _Atomic int armed = 1;

int main_twice(int x) {
    return 2 * x;
}

int main_negate(int x) {
    return -x;
}

int call_pointer(int (*function)(int), int x) {
    return function(x);
}

/* The address of function 0 = main_twice or 1 = main_negate, as the main module's own data has it. */
int (*main_function(int which))(int) {
    return functions[which & 1];
}

/* The same of main_twice, as the main module's code has it. */
int (*main_twice_address(void))(int) {
    return main_twice;
}

/* The address of main_value, as the main module's own data has it. */
int *main_value_address(void) {
    return *(int *const volatile *)&value_pointer;
}

int local_get(void) {
    return main_local;
}

void local_set(int value) {
    main_local = value;
}

int *local_address(void) {
    return &main_local;
}

int counter_add(int n) {
    return atomic_fetch_add(&counter, n) + n;
}

int trap_is_armed(void) {
    return atomic_load(&armed);
}

/* Whether the constructor of ctor_trap traps: 1 at first. */
void trap_arm(int on) {
    atomic_store(&armed, on);
}

char *heap_base(void) {
    return __heap_base;
}

/* 0 = the linker does not give it. */
char *heap_end(void) {
    return __heap_end;
}

char *stack_low(void) {
    return __stack_low;
}

char *stack_high(void) {
    return __stack_high;
}

/* Whether something on the stack is between stack_low and stack_high. */
int stack_is_within(void) {
    volatile char here = 0;
    volatile char *address = &here;
    return address >= __stack_low && address < __stack_high;
}
