/* Ruby. */
static const char *const keywords[] = {
    "BEGIN", "END",   "alias", "and",    "begin",  "break",  "case",   "class", "def",    "defined?", "do",    "else",
    "elsif", "end",   "ensure", "for",   "if",     "in",     "loop",   "module", "next",  "not",      "or",    "private",
    "raise", "redo",  "rescue", "retry", "return", "self",   "super",  "then",  "undef",  "unless",   "until", "when",
    "while", "yield", "false", "nil",    "true",   NULL};
static const struct language language = {
    .keywords = keywords,
    .line_comments = {"#"},
    .quotes = "\"'`",
    .name_start = "@$",
    .name_part = "?!",
    .flags = REGEXES,
};
