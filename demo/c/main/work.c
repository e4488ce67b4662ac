/* Long work without a host call, and work that goes wrong if a lock or an allocation is given twice. */
#include "guest.h"
#include <stdatomic.h>

enum { QUEUE = 16, HELD = 32 };

static int mutex;
static int guarded;

static struct {
    int mutex;
    int not_empty;
    int not_full;
    int from;
    int count;
    int values[QUEUE];
} queue;

/* Has a stack frame, so that its prologue writes the stack pointer. */
__attribute__((noinline)) static unsigned step_with_frame(unsigned x) {
    volatile unsigned frame[4];
    frame[x & 3] = x * 1664525u + 1013904223u;
    return frame[x & 3];
}

/* Has none. */
__attribute__((noinline)) static unsigned step_without_frame(unsigned x) {
    __asm__ volatile("");
    return x * 1664525u + 1013904223u;
}

/* n calls of a function with a stack frame. */
int spin(int n) {
    unsigned x = 1;
    for (int i = 0; i < n; i++) {
        x = step_with_frame(x);
    }
    return (int)x;
}

/* n calls of a function without a stack frame; the same result as spin. */
int spin_without_frames(int n) {
    unsigned x = 1;
    for (int i = 0; i < n; i++) {
        x = step_without_frame(x);
    }
    return (int)x;
}

/* n rounds of a loop without any call; the same result as spin. */
int spin_without_calls(int n) {
    unsigned x = 1;
    for (int i = 0; i < n; i++) {
        __asm__ volatile("");
        x = x * 1664525u + 1013904223u;
    }
    return (int)x;
}

/* As spin, until the word is not 0: the number of calls. */
int spin_until(int *word) {
    unsigned x = 1;
    unsigned calls = 0;
    while (atomic_load((_Atomic int *)word) == 0) {
        x = step_with_frame(x);
        calls++;
    }
    return (int)(calls & 0x7fffffff);
}

/* Adds 1 so often to a number that only the mutex guards; the number afterwards. */
int locked_add(int times) {
    int result = 0;
    for (int i = 0; i < times; i++) {
        guest_lock(&mutex);
        result = ++*(volatile int *)&guarded;
        guest_unlock(&mutex);
    }
    return result;
}

/* Puts a value into a queue for 16, waiting while it is full. */
void queue_put(int value) {
    guest_lock(&queue.mutex);
    while (queue.count == QUEUE) {
        guest_wait(&queue.not_full, &queue.mutex);
    }
    queue.values[(queue.from + queue.count++) % QUEUE] = value;
    guest_signal(&queue.not_empty);
    guest_unlock(&queue.mutex);
}

/* Takes a value out, waiting while there is none. */
int queue_take(void) {
    guest_lock(&queue.mutex);
    while (queue.count == 0) {
        guest_wait(&queue.not_empty, &queue.mutex);
    }
    int value = queue.values[queue.from];
    queue.from = (queue.from + 1) % QUEUE;
    queue.count--;
    guest_signal(&queue.not_full);
    guest_unlock(&queue.mutex);
    return value;
}

/* Allocates, fills, checks and frees at random; the number of bytes that somebody else has changed, -1 = no memory. */
int malloc_check(int rounds, int seed) {
    unsigned char *blocks[HELD] = {0};
    unsigned sizes[HELD] = {0};
    unsigned x = (unsigned)seed;
    int wrong = 0;
    for (int i = 0; i < rounds + HELD; i++) {
        x = x * 1664525u + 1013904223u;
        unsigned slot = i < rounds ? x >> 27 : (unsigned)(i - rounds);
        unsigned char mark = (unsigned char)((unsigned)seed + slot);
        if (blocks[slot] != NULL) {
            for (unsigned at = 0; at < sizes[slot]; at++) {
                wrong += blocks[slot][at] != mark;
            }
            free(blocks[slot]);
            blocks[slot] = NULL;
        }
        if (i < rounds) {
            sizes[slot] = (x >> 8 & 0xff) << (x >> 16 & 7);
            blocks[slot] = malloc(sizes[slot]);
            if (blocks[slot] == NULL) {
                return -1;
            }
            __builtin_memset(blocks[slot], mark, sizes[slot]);
        }
    }
    return wrong;
}
