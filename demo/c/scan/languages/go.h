/* Go. */
static const char *const keywords[] = {
    "break", "case",   "chan",      "const", "continue", "default", "defer",  "else",   "fallthrough",
    "for",   "func",   "go",        "goto",  "if",       "import",  "interface", "map", "package",
    "range", "return", "select",    "struct", "switch",  "type",    "var",    NULL};
static const struct language language = {
    .keywords = keywords,
    .line_comments = {"//"},
    .block_comment = {"/*", "*/"},
    .quotes = "\"'",
    .long_quotes = "`",
};
