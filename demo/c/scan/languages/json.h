/* JSON. */
static const char *const keywords[] = {"false", "null", "true", NULL};
static const struct language language = {
    .keywords = keywords,
    .quotes = "\"",
};
