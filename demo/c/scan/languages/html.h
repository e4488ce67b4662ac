/* HTML. */
static const char *const keywords[] = {
    "a",    "article", "body", "br",     "button", "code",  "div",     "em",   "footer", "form", "h1",    "h2",    "h3", "head",
    "header", "html",  "img",  "input",  "label",  "li",    "link",    "main", "meta",   "nav",  "ol",    "p",     "pre", "script",
    "section", "span", "strong", "style", "table", "tbody", "td",      "th",   "thead",  "title", "tr",   "ul",    NULL};
static const struct language language = {
    .keywords = keywords,
    .block_comment = {"<!--", "-->"},
    .long_quotes = "\"'",
    .name_part = "-",
    .flags = MARKUP | FOLDED,
};
