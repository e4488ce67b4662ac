/* JavaScript. */
static const char *const keywords[] = {
    "async", "await",   "break", "case",   "catch",  "class",      "const",  "continue", "debugger", "default", "delete",
    "do",    "else",    "export", "extends", "finally", "for",     "from",   "function", "get",      "if",      "import",
    "in",    "instanceof", "let", "new",   "of",     "return",     "set",    "static",   "super",    "switch",  "this",
    "throw", "try",     "typeof", "var",   "void",   "while",      "with",   "yield",    "false",    "null",    "true",
    "undefined", NULL};
static const struct language language = {
    .keywords = keywords,
    .line_comments = {"//", "#!"},
    .block_comment = {"/*", "*/"},
    .quotes = "\"'",
    .long_quotes = "`",
    .name_start = "$#",
    .name_part = "$",
    .flags = REGEXES,
};
