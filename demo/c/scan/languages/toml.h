/* TOML. */
static const char *const keywords[] = {"false", "inf", "nan", "true", NULL};
static const struct language language = {
    .keywords = keywords,
    .line_comments = {"#"},
    .quotes = "\"'",
    .name_part = "-",
    .flags = TRIPLE_QUOTES,
};
