/* Data that holds addresses: of own functions and data, of the main module's, and of data with an offset. */
#include "guest.h"

struct operation {
    const char *name;
    int (*function)(int);
};

static int plus_one(int x) {
    return x + 1;
}

int reloc_square(int x) {
    return x * x;
}

static int numbers[] = {10, 20, 30};
int reloc_exported = 40;

/* All written by others, as far as the compiler knows: it must not look through them. */
struct operation reloc_operations[] = {
    {"plus_one", plus_one}, {"square", reloc_square}, {"twice", main_twice}, {"negate", main_negate}};
int *reloc_pointers[] = {&numbers[2], &reloc_exported, &main_value, &main_values[3]};
int **reloc_indirect = &reloc_pointers[1];

static int checked = -1;

int reloc_call(int which, int x) {
    return reloc_operations[which & 3].function(x);
}

int reloc_read(int which) {
    return *reloc_pointers[which & 3];
}

int reloc_read_indirect(void) {
    return **reloc_indirect;
}

/* The first letter of an operation's name. */
int reloc_letter(int which) {
    return reloc_operations[which & 3].name[0];
}

/* What the constructor found when it called and read through all of them: relocations come before constructors. */
int reloc_checked(void) {
    return checked;
}

__attribute__((constructor)) static void check(void) {
    checked = 0;
    for (int i = 0; i < 4; i++) {
        checked += reloc_call(i, 5) + reloc_read(i);
    }
    event(EVENT_DATA_RELOCS);
}
