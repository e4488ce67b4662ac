/* Rust. */
static const char *const keywords[] = {
    "Self",  "as",  "async", "await", "break", "const", "continue", "crate", "dyn",  "else",   "enum",  "extern", "fn",
    "for",   "if",  "impl",  "in",    "let",   "loop",  "match",    "mod",   "move", "mut",    "pub",   "ref",    "return",
    "self",  "static", "struct", "super", "trait", "type", "union", "unsafe", "use", "where",  "while", "false",  "true",
    NULL};
static const struct language language = {
    .keywords = keywords,
    .line_comments = {"//"},
    .block_comment = {"/*", "*/"},
    .quotes = "'",
    .long_quotes = "\"",
    .flags = NESTED_COMMENTS | LIFETIMES,
};
