/* The plugin of docs/embedding.md. */

/* A function of the embedder's own. */
void host_print(const char *text);

int plugin_greet(int x) {
    host_print("hello from the plugin");
    return x + 1;
}

/* What a closure calls: where its arguments are, where its result goes, and a number of the closure's own. */
void plugin_add(const int *arguments, int *result, int number) {
    *result = arguments[0] + number;
}
