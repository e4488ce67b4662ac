/*
 * malloc and free for any number of threads, without a lock: a thread that is killed in here keeps nobody out. Blocks are
 * powers of two with a header of 16 bytes; freed ones go to a list a size, a stack whose head carries a count against ABA.
 * New ones are cut from an arena: at first what the linker says is the heap, then what memory.grow gives. A dynamic linker
 * grows the same memory for modules, so only what our own calls of memory.grow returned is ours.
 */
#include "guest.h"
#include <stdatomic.h>
#include <stdint.h>

enum { HEADER = 16, SMALLEST = 5, LARGEST = 30, PAGE = 65536, CHUNK = 16 * PAGE };

struct block {
    _Atomic uint32_t next;
    uint32_t class;
};

extern char __heap_base[];
extern char __heap_end[] __attribute__((weak));

static _Atomic uint64_t lists[LARGEST + 1]; /* count of removals << 32 | first block */
static _Atomic uint64_t arena;              /* end << 32 | top */
static _Atomic int live;

static uint64_t pair(uint32_t high, uint32_t low) {
    return (uint64_t)high << 32 | low;
}

static void push(uint32_t class, uint32_t address) {
    struct block *block = (struct block *)address;
    block->class = class;
    uint64_t head = atomic_load(&lists[class]);
    do {
        atomic_store_explicit(&block->next, (uint32_t)head, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak(&lists[class], &head, pair((uint32_t)(head >> 32), address)));
}

static uint32_t pop(uint32_t class) {
    uint64_t head = atomic_load(&lists[class]);
    while ((uint32_t)head != 0) {
        /* somebody may have taken the block meanwhile: its header is still memory, and the count tells */
        struct block *block = (struct block *)(uint32_t)head;
        uint32_t next = atomic_load_explicit(&block->next, memory_order_relaxed);
        if (atomic_compare_exchange_weak(&lists[class], &head, pair((uint32_t)(head >> 32) + 1, next))) {
            break;
        }
    }
    return (uint32_t)head;
}

/* What is left of an arena is cut into blocks for the lists. */
static void donate(uint32_t from, uint32_t to) {
    while (to - from >= 1u << SMALLEST) {
        uint32_t class = 31 - (uint32_t)__builtin_clz(to - from);
        class = class > LARGEST ? LARGEST : class;
        push(class, from);
        from += 1u << class;
    }
}

/* A new arena in place of one that is too small; its first bytes are the caller's. 0 = no memory. */
static uint32_t extend(uint64_t seen, uint32_t size) {
    uint32_t pages = (size + PAGE - 1) / PAGE;
    uint32_t wanted = pages < CHUNK / PAGE ? CHUNK / PAGE : pages;
    size_t page = __builtin_wasm_memory_grow(0, wanted);
    if (page == SIZE_MAX && wanted > pages) {
        wanted = pages;
        page = __builtin_wasm_memory_grow(0, wanted);
    }
    if (page == SIZE_MAX) {
        return 0;
    }
    uint32_t from = (uint32_t)page * PAGE;
    uint32_t to = from + wanted * PAGE;
    if (atomic_compare_exchange_strong(&arena, &seen, pair(to, from + size))) {
        donate((uint32_t)seen, (uint32_t)(seen >> 32));
    } else {
        donate(from + size, to);
    }
    return from;
}

static uint32_t cut(uint32_t size) {
    uint64_t seen = atomic_load(&arena);
    while ((uint32_t)(seen >> 32) - (uint32_t)seen >= size) {
        if (atomic_compare_exchange_weak(&arena, &seen, seen + size)) {
            return (uint32_t)seen;
        }
    }
    return extend(seen, size);
}

/* When memory cannot grow: the start of a larger block that is free; the rest goes to the lists. 0 = there is none. */
static uint32_t split(uint32_t class) {
    for (uint32_t larger = class + 1; larger <= LARGEST; larger++) {
        uint32_t address = pop(larger);
        if (address != 0) {
            donate(address + (1u << class), address + (1u << larger));
            return address;
        }
    }
    return 0;
}

void *malloc(size_t size) {
    if (size > (1u << LARGEST) - HEADER) {
        return NULL;
    }
    uint32_t class = 32 - (uint32_t)__builtin_clz(size + HEADER - 1);
    class = class < SMALLEST ? SMALLEST : class;
    uint32_t address = pop(class);
    if (address == 0) {
        address = cut(1u << class);
        if (address == 0) {
            address = split(class);
        }
        if (address == 0) {
            return NULL;
        }
        ((struct block *)address)->class = class;
    }
    atomic_fetch_add(&live, 1);
    return (void *)(address + HEADER);
}

void free(void *pointer) {
    if (pointer == NULL) {
        return;
    }
    uint32_t address = (uint32_t)pointer - HEADER;
    atomic_fetch_sub(&live, 1);
    push(((struct block *)address)->class, address);
}

/* Blocks that were given out and not yet freed. */
int malloc_live(void) {
    return atomic_load(&live);
}

/* Before every other constructor. */
__attribute__((constructor(101))) static void open_heap(void) {
    uint32_t from = ((uint32_t)__heap_base + 15) & ~15u;
    uint32_t to = (uint32_t)__heap_end & ~15u;
    uint64_t none = 0;
    if (to > from) {
        atomic_compare_exchange_strong(&arena, &none, pair(to, from));
    }
}
