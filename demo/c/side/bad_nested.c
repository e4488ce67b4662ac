/* Cannot be loaded: needs chain_a, which can be, and bad_data, which cannot. */
int chain_a(int x);
int bad_data_read(void);

int bad_nested_call(int x) {
    return chain_a(x) + bad_data_read();
}
