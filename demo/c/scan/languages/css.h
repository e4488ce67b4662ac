/* Cascading style sheets. */
static const char *const keywords[] = {
    "@charset", "@container", "@font-face", "@import", "@keyframes", "@layer", "@media", "@supports", "important", NULL};
static const struct language language = {
    .keywords = keywords,
    .block_comment = {"/*", "*/"},
    .quotes = "\"'",
    .name_start = "@-",
    .name_part = "-",
    .flags = FOLDED,
};
