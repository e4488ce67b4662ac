/* What lazy_user calls. */
int lazy_answer(int x) {
    return 3 * x + 1;
}
