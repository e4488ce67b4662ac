/* Python. */
static const char *const keywords[] = {
    "and",    "as",   "assert", "async",  "await", "break",  "case",  "class", "continue", "def",    "del",   "elif",
    "else",   "except", "finally", "for", "from",  "global", "if",    "import", "in",      "is",     "lambda", "match",
    "nonlocal", "not", "or",    "pass",   "raise", "return", "try",   "while", "with",     "yield",  "False", "None",
    "True",   NULL};
static const struct language language = {
    .keywords = keywords,
    .line_comments = {"#"},
    .quotes = "\"'",
    .flags = INDENTED | TRIPLE_QUOTES,
};
