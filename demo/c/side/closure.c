/* Calls through pointers to functions of several signatures, as a closure is called that a host has prepared. */

typedef int (*int_function)(int);
typedef long long (*long_function)(long long);
typedef float (*float_function)(float);
typedef double (*double_function)(double);
typedef double (*mixed_function)(int, long long, float, double);
typedef void (*void_function)(int);
typedef int (*no_argument_function)(void);

int closure_int(int_function f, int x) {
    return f(x);
}

long long closure_long(long_function f, long long x) {
    return f(x);
}

float closure_float(float_function f, float x) {
    return f(x);
}

double closure_double(double_function f, double x) {
    return f(x);
}

double closure_mixed(mixed_function f, int a, long long b, float c, double d) {
    return f(a, b, c, d);
}

void closure_void(void_function f, int x) {
    f(x);
}

int closure_no_argument(no_argument_function f) {
    return f();
}

/* Something to call; a function that was called without a result leaves what it was given. */

static int given;

static int own_int(int x) {
    return x + 1;
}

static long long own_long(long long x) {
    return x << 33;
}

static float own_float(float x) {
    return x * 0.5f;
}

static double own_double(double x) {
    return x * 0.25;
}

static double own_mixed(int a, long long b, float c, double d) {
    return a + (double)b + c + d;
}

static void own_void(int x) {
    given = x;
}

static int own_no_argument(void) {
    return given;
}

int_function closure_int_address(void) {
    return own_int;
}

long_function closure_long_address(void) {
    return own_long;
}

float_function closure_float_address(void) {
    return own_float;
}

double_function closure_double_address(void) {
    return own_double;
}

mixed_function closure_mixed_address(void) {
    return own_mixed;
}

void_function closure_void_address(void) {
    return own_void;
}

no_argument_function closure_no_argument_address(void) {
    return own_no_argument;
}

/*
 * Backs a closure of any signature that the user data names: the arguments and the results lie one behind the other without
 * gaps. Each gives what the function of this module with that signature gives, times ten.
 */

enum { CLOSURE_INT, CLOSURE_LONG, CLOSURE_FLOAT, CLOSURE_DOUBLE, CLOSURE_MIXED, CLOSURE_VOID, CLOSURE_NO_ARGUMENT };

struct __attribute__((packed)) mixed_arguments {
    int a;
    long long b;
    float c;
    double d;
};

static int backed;

void closure_backing(const void *arguments, void *results, int signature) {
    __atomic_fetch_add(&backed, 1, __ATOMIC_RELAXED);
    switch (signature) {
    case CLOSURE_INT:
        *(int *)results = own_int(*(const int *)arguments) * 10;
        break;
    case CLOSURE_LONG:
        *(long long *)results = own_long(*(const long long *)arguments) * 10;
        break;
    case CLOSURE_FLOAT:
        *(float *)results = own_float(*(const float *)arguments) * 10;
        break;
    case CLOSURE_DOUBLE:
        *(double *)results = own_double(*(const double *)arguments) * 10;
        break;
    case CLOSURE_MIXED: {
        const struct mixed_arguments *mixed = arguments;
        *(double *)results = own_mixed(mixed->a, mixed->b, mixed->c, mixed->d) * 10;
        break;
    }
    case CLOSURE_VOID:
        own_void(*(const int *)arguments * 10);
        break;
    default:
        *(int *)results = own_no_argument() * 10;
    }
}

/* The same for closures int -> int alone, and another result. */
void closure_other_backing(const int *arguments, int *results, int user) {
    results[0] = arguments[0] + user;
}

void (*closure_backing_address(void))(const void *, void *, int) {
    return closure_backing;
}

/* How often closure_backing was called, in all groups. */
int closure_backed(void) {
    return __atomic_load_n(&backed, __ATOMIC_RELAXED);
}
