/* What the module weak can do without. */
int weak_data = 77;

int weak_function(int x) {
    return x + 70;
}
