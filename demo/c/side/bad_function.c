/* Cannot be loaded: takes the address of a function that nobody has. */
int no_such_function(int x);

int (*bad_function_address(void))(int) {
    return no_such_function;
}
