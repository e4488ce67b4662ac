/* A megabyte of zeros, on a page of 4096 bytes. */

enum { SIZE = 1 << 20 };

static unsigned char area[SIZE] __attribute__((aligned(4096)));
static int marker = 0x5eed;

unsigned char *bss_address(void) {
    return area;
}

int bss_misaligned(void) {
    return (int)((unsigned)bss_address() % 4096);
}

int bss_size(void) {
    return SIZE;
}

int bss_sum(void) {
    int sum = 0;
    for (int i = 0; i < SIZE; i++) {
        sum += area[i];
    }
    return sum;
}

void bss_write(int index, int value) {
    area[index & (SIZE - 1)] = (unsigned char)value;
}

/* 0x5eed, and the value afterwards. */
int bss_mark(int value) {
    int old = marker;
    marker = value;
    return old;
}
