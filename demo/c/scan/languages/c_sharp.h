/* C#. */
static const char *const keywords[] = {
    "abstract", "as",     "async",    "await",     "base",    "bool",     "break",  "case",    "catch",  "class",    "const",
    "continue", "decimal", "default", "delegate",  "do",      "double",   "else",   "enum",    "event",  "explicit", "finally",
    "float",    "for",    "foreach",  "get",       "goto",    "if",       "implicit", "in",    "init",   "int",      "interface",
    "internal", "is",     "lock",     "long",      "namespace", "new",    "object", "operator", "out",   "override", "params",
    "private",  "protected", "public", "readonly", "record",  "ref",      "return", "sealed",  "set",    "static",   "string",
    "struct",   "switch", "this",     "throw",     "try",     "typeof",   "using",  "var",     "virtual", "void",    "when",
    "where",    "while",  "with",     "yield",     "false",   "null",     "true",   NULL};
static const struct language language = {
    .keywords = keywords,
    .line_comments = {"//", "#"},
    .block_comment = {"/*", "*/"},
    .quotes = "\"'",
    .name_start = "@",
    .flags = TRIPLE_QUOTES | VERBATIM,
};
