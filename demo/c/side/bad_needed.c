/* Cannot be loaded: needs the module absent, which is not there. */
int absent(int x);

int bad_needed_call(int x) {
    return absent(x);
}
