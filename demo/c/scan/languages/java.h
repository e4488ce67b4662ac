/* Java. */
static const char *const keywords[] = {
    "abstract", "assert", "boolean", "break",     "byte",   "case",       "catch",    "char",         "class",     "continue",
    "default",  "do",     "double",  "else",      "enum",   "extends",    "final",    "finally",      "float",     "for",
    "if",       "implements", "import", "instanceof", "int", "interface", "long",     "native",       "new",       "package",
    "private",  "protected", "public", "record",  "return", "sealed",     "short",    "static",       "strictfp",  "super",
    "switch",   "synchronized", "this", "throw",  "throws", "transient",  "try",      "var",          "void",      "volatile",
    "while",    "yield",  "false",   "null",      "true",   NULL};
static const struct language language = {
    .keywords = keywords,
    .line_comments = {"//"},
    .block_comment = {"/*", "*/"},
    .quotes = "\"'",
    .name_start = "$@",
    .name_part = "$",
    .flags = TRIPLE_QUOTES,
};
