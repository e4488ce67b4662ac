/* Calls what no module has yet; it is not weak, and its address is not taken. */
int lazy_answer(int x);

int lazy_call(int x) {
    return lazy_answer(x);
}

int lazy_ready(void) {
    return 1;
}
