/* Cannot be loaded: refers to a variable that nobody has. */
extern int no_such_data;

int bad_data_read(void) {
    return no_such_data;
}
