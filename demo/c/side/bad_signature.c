/* Cannot be loaded: the main module's main_twice takes and gives an int. */
long long main_twice(long long x);

long long bad_signature_call(long long x) {
    return main_twice(x);
}
