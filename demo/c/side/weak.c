/* A function and a variable that may be there or not. */
#include "guest.h"

__attribute__((weak)) int weak_function(int x);
__attribute__((weak)) extern int weak_data;

int weak_function_is_null(void) {
    return weak_function == NULL;
}

int weak_data_is_null(void) {
    return &weak_data == NULL;
}

/* -1 = it is not there. */
int weak_call(int x) {
    return weak_function == NULL ? -1 : weak_function(x);
}

int weak_read(void) {
    return &weak_data == NULL ? -1 : weak_data;
}
