/*
 * What grammars of tree-sitter-wasms import and web-tree-sitter does not have: it had them when those grammars were built, and
 * in its own loader a call of one ends in "resolved is not a function". For a memory that is not shared, as theirs.
 */
#include <stddef.h>

void *malloc(size_t size);
void free(void *pointer);

/* As in the C locale. */
int isalpha(int c) {
    return ((unsigned)c | 32) - 'a' < 26;
}

/* C++: operator new and operator delete. Without exceptions there is nothing to throw when no memory is left. */

void *_Znwm(size_t size) {
    void *const pointer = malloc(size == 0 ? 1 : size);
    if (pointer == NULL) {
        __builtin_trap();
    }
    return pointer;
}

void _ZdlPv(void *pointer) {
    free(pointer);
}

/* std::vector of libc++, when it would become longer than it can be. */
void _ZNKSt3__220__vector_base_commonILb1EE20__throw_length_errorEv(const void *self) {
    (void)self;
    __builtin_trap();
}
