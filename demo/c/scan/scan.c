/* The scanner of one language: LANGUAGE is its name, LANGUAGE_HEADER the file that describes it. */
#include "guest.h"
#include "language.h"
#include "tree.h"
#include LANGUAGE_HEADER

#define JOIN(a, b, c) a##b##c
#define NAMED(a, b, c) JOIN(a, b, c)

enum { TABLE = 256, FEW_NODES = 64, MANY_NODES = 4096 };

struct scanner {
    const char *at;
    const char *end;
    int line_start; /* nothing of the line has been read */
    int operand;    /* what was read last is a value: a slash divides it */
    struct tree tree;
};

/* Filled by the constructor with addresses into the list of keywords, by hash, with open addressing. */
static const char *table[TABLE];

static _Thread_local int calls;
static _Thread_local unsigned expected = FEW_NODES; /* what the group's last text took */

static int among(const char *set, char c) {
    for (; set != NULL && *set != 0; set++) {
        if (*set == c) {
            return 1;
        }
    }
    return 0;
}

static char fold(char c) {
    return (language.flags & FOLDED) != 0 && c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The character so far ahead; 0 after the end. */
static char peek(const struct scanner *scanner, unsigned ahead) {
    return (unsigned)(scanner->end - scanner->at) > ahead ? scanner->at[ahead] : 0;
}

static int starts_with(const struct scanner *scanner, unsigned ahead, const char *text) {
    for (; *text != 0; text++, ahead++) {
        if ((unsigned)(scanner->end - scanner->at) <= ahead || scanner->at[ahead] != *text) {
            return 0;
        }
    }
    return 1;
}

static unsigned length_of(const char *text) {
    unsigned length = 0;
    while (text[length] != 0) {
        length++;
    }
    return length;
}

/* The bytes of the character beyond ASCII so far ahead; 0 = it is not UTF-8. */
static unsigned utf8(const struct scanner *scanner, unsigned ahead) {
    unsigned lead = (unsigned char)peek(scanner, ahead);
    unsigned bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    unsigned code = lead & (0xffu >> (bytes + 1));
    for (unsigned i = 1; i < bytes; i++) {
        unsigned next = (unsigned char)peek(scanner, ahead + i);
        if ((next & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (next & 0x3f);
    }
    int shortest = bytes == 2 || (bytes == 3 && code >= 0x800) || (bytes == 4 && code >= 0x10000 && code <= 0x10ffff);
    return shortest && (code < 0xd800 || code > 0xdfff) ? bytes : 0;
}

static unsigned hash(const char *text, unsigned length) {
    unsigned hash = 2166136261u;
    for (unsigned i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)fold(text[i])) * 16777619u;
    }
    return hash ^ hash >> 16;
}

static int same(const char *keyword, const char *text, unsigned length) {
    for (unsigned i = 0; i < length; i++) {
        if (keyword[i] == 0 || keyword[i] != fold(text[i])) {
            return 0;
        }
    }
    return keyword[length] == 0;
}

static int is_keyword(const char *text, unsigned length) {
    for (unsigned slot = hash(text, length) % TABLE; table[slot] != NULL; slot = (slot + 1) % TABLE) {
        if (same(table[slot], text, length)) {
            return 1;
        }
    }
    return 0;
}

static void leaf(struct scanner *scanner, enum kind kind, unsigned bytes) {
    tree_leaf(&scanner->tree, kind, bytes);
    if (kind != COMMENT) {
        scanner->operand = kind == NAME || kind == NUMBER || kind == STRING || kind == REGEX;
    }
}

/* The rules: each reads what it knows from the start of the text that is left, and returns how many bytes that was; 0 = not its own. */

static unsigned read_indentation(struct scanner *scanner) {
    struct tree *tree = &scanner->tree;
    int in_brackets = tree->open->kind != FILE_GROUP && tree->open->kind != BLOCK;
    if ((language.flags & INDENTED) == 0 || !scanner->line_start || in_brackets) {
        return 0;
    }
    unsigned column = 0;
    unsigned bytes = 0;
    for (char c = peek(scanner, 0); c == ' ' || c == '\t'; c = peek(scanner, ++bytes)) {
        column = c == '\t' ? (column | 7) + 1 : column + 1;
    }
    char first = peek(scanner, bytes);
    scanner->line_start = 0;
    if (first == 0 || first == '\n' || first == '\r' || starts_with(scanner, bytes, language.line_comments[0])) {
        return bytes;
    }
    if (column > tree->open->size) {
        tree_group(tree, BLOCK, column);
        return bytes;
    }
    while (column < tree->open->size) {
        tree_close(tree);
    }
    tree->errors += column != tree->open->size;
    return bytes;
}

static unsigned read_blanks(struct scanner *scanner) {
    unsigned bytes = 0;
    for (char c = peek(scanner, 0); c == ' ' || (c >= '\t' && c <= '\r'); c = peek(scanner, bytes)) {
        bytes++;
        if (c == '\n') {
            scanner->line_start = 1;
            break;
        }
    }
    return bytes;
}

static unsigned to_line_end(const struct scanner *scanner) {
    unsigned bytes = 0;
    while (scanner->at + bytes < scanner->end && scanner->at[bytes] != '\n') {
        bytes++;
    }
    return bytes;
}

static unsigned read_line_comment(struct scanner *scanner) {
    for (int i = 0; i < 3 && language.line_comments[i] != NULL; i++) {
        if (starts_with(scanner, 0, language.line_comments[i])) {
            unsigned bytes = to_line_end(scanner);
            leaf(scanner, COMMENT, bytes);
            return bytes;
        }
    }
    return 0;
}

static unsigned read_block_comment(struct scanner *scanner) {
    const char *start = language.block_comment[0];
    const char *stop = language.block_comment[1];
    if (start == NULL || !starts_with(scanner, 0, start)) {
        return 0;
    }
    unsigned bytes = length_of(start);
    unsigned depth = 1;
    while (depth > 0 && scanner->at + bytes < scanner->end) {
        if (starts_with(scanner, bytes, stop)) {
            bytes += length_of(stop);
            depth--;
        } else if ((language.flags & NESTED_COMMENTS) != 0 && starts_with(scanner, bytes, start)) {
            bytes += length_of(start);
            depth++;
        } else {
            bytes++;
        }
    }
    scanner->tree.errors += depth > 0;
    leaf(scanner, COMMENT, bytes);
    return bytes;
}

static unsigned read_verbatim(struct scanner *scanner) {
    if ((language.flags & VERBATIM) == 0 || !starts_with(scanner, 0, "@\"")) {
        return 0;
    }
    unsigned bytes = 2;
    while (!starts_with(scanner, bytes, "\"") || starts_with(scanner, bytes, "\"\"")) {
        if (scanner->at + bytes >= scanner->end) {
            scanner->tree.errors++;
            leaf(scanner, STRING, bytes);
            return bytes;
        }
        bytes += starts_with(scanner, bytes, "\"") ? 2 : 1;
    }
    bytes++;
    leaf(scanner, STRING, bytes);
    return bytes;
}

static unsigned read_string(struct scanner *scanner) {
    char quote = peek(scanner, 0);
    int over_lines = among(language.long_quotes, quote);
    if (quote == 0 || !(over_lines || among(language.quotes, quote))
        || ((language.flags & MARKUP) != 0 && scanner->tree.open->kind != ANGLE)) {
        return 0;
    }
    if ((language.flags & LIFETIMES) != 0 && quote == '\'' && is_letter(peek(scanner, 1)) && peek(scanner, 2) != '\'') {
        leaf(scanner, SIGN, 1);
        return 1;
    }
    char stop[] = {quote, 0, 0, 0};
    if ((language.flags & TRIPLE_QUOTES) != 0 && peek(scanner, 1) == quote && peek(scanner, 2) == quote) {
        stop[1] = stop[2] = quote;
        over_lines = 1;
    }
    unsigned bytes = length_of(stop);
    while (!starts_with(scanner, bytes, stop)) {
        if (scanner->at + bytes >= scanner->end || (!over_lines && scanner->at[bytes] == '\n')) {
            scanner->tree.errors++;
            leaf(scanner, STRING, bytes);
            return bytes;
        }
        bytes += scanner->at[bytes] == '\\' && scanner->at + bytes + 1 < scanner->end ? 2 : 1;
    }
    bytes += length_of(stop);
    leaf(scanner, STRING, bytes);
    return bytes;
}

static unsigned read_regex(struct scanner *scanner) {
    if ((language.flags & REGEXES) == 0 || scanner->operand || peek(scanner, 0) != '/') {
        return 0;
    }
    unsigned line = to_line_end(scanner);
    unsigned bytes = 1;
    int in_class = 0;
    while (bytes < line && (in_class || scanner->at[bytes] != '/')) {
        char c = scanner->at[bytes];
        in_class = c == '[' || (in_class && c != ']');
        bytes += c == '\\' ? 2 : 1;
    }
    if (bytes >= line) {
        return 0;
    }
    bytes++;
    while (is_letter(peek(scanner, bytes))) {
        bytes++;
    }
    leaf(scanner, REGEX, bytes);
    return bytes;
}

static unsigned read_number(struct scanner *scanner) {
    if (!is_digit(peek(scanner, 0))) {
        return 0;
    }
    int hexadecimal = peek(scanner, 0) == '0' && (peek(scanner, 1) | 0x20) == 'x';
    unsigned bytes = 1;
    for (char c = peek(scanner, 1); c != 0; c = peek(scanner, ++bytes)) {
        int exponent = (c == '+' || c == '-') && !hexadecimal && (peek(scanner, bytes - 1) | 0x20) == 'e';
        int point = c == '.' && is_digit(peek(scanner, bytes + 1));
        if (!is_digit(c) && !is_letter(c) && !point && !exponent) {
            break;
        }
    }
    leaf(scanner, NUMBER, bytes);
    return bytes;
}

static unsigned read_name(struct scanner *scanner) {
    unsigned bytes = 0;
    for (;;) {
        char c = peek(scanner, bytes);
        if (c < 0) {
            unsigned more = utf8(scanner, bytes);
            if (more == 0) {
                break;
            }
            bytes += more;
        } else if (is_letter(c) || among(bytes == 0 ? language.name_start : language.name_part, c) || (bytes > 0 && is_digit(c))) {
            bytes++;
        } else {
            break;
        }
    }
    if (bytes > 0) {
        leaf(scanner, is_keyword(scanner->at, bytes) ? KEYWORD : NAME, bytes);
    }
    return bytes;
}

static int in(const struct node *node, enum kind kind) {
    while (node != NULL && node->kind != kind) {
        node = node->parent;
    }
    return node != NULL;
}

/* Groups that the bracket closes from outside lack an end of their own; a bracket that closes nothing is an error itself. */
static void close_group(struct scanner *scanner, enum kind kind) {
    struct tree *tree = &scanner->tree;
    if (!in(tree->open, kind)) {
        tree->errors++;
        leaf(scanner, WRONG, 1);
        return;
    }
    for (; tree->open->kind != kind; tree_close(tree)) {
        tree->errors++;
    }
    tree_close(tree);
    scanner->operand = 1;
}

static unsigned read_bracket(struct scanner *scanner) {
    static const struct {
        char open;
        char close;
        enum kind kind;
    } brackets[] = {{'(', ')', PAREN}, {'[', ']', BRACKET}, {'{', '}', BRACE}, {'<', '>', ANGLE}};
    int markup = (language.flags & MARKUP) != 0;
    char c = peek(scanner, 0);
    for (int i = markup ? 3 : 0; i < (markup ? 4 : 3); i++) {
        if (c == brackets[i].open) {
            tree_group(&scanner->tree, brackets[i].kind, 0);
            scanner->operand = 0;
            return 1;
        }
        if (c == brackets[i].close) {
            close_group(scanner, brackets[i].kind);
            return 1;
        }
    }
    return 0;
}

static unsigned read_sign(struct scanner *scanner) {
    int wrong = peek(scanner, 0) < 0;
    scanner->tree.errors += wrong;
    leaf(scanner, wrong ? WRONG : SIGN, 1);
    return 1;
}

static unsigned (*const rules[])(struct scanner *) = {
    read_indentation, read_blanks, read_line_comment, read_block_comment, read_verbatim, read_string,
    read_regex,       read_number, read_name,         read_bracket,       read_sign,
};

static void scan_all(struct scanner *scanner) {
    while (scanner->at < scanner->end && !scanner->tree.failed) {
        unsigned bytes = 0;
#pragma clang loop unroll(disable)
        for (unsigned rule = 0; bytes == 0; rule++) {
            bytes = rules[rule](scanner);
        }
        scanner->at += bytes;
    }
    for (; scanner->tree.open->parent != NULL; tree_close(&scanner->tree)) {
        scanner->tree.errors += scanner->tree.open->kind != BLOCK;
    }
}

int NAMED(scan_, LANGUAGE, )(const char *text, int length, struct scan_result *result) {
    struct scanner scanner = {.at = text, .end = text + (length > 0 ? length : 0), .line_start = 1};
    calls++;
    tree_open(&scanner.tree, malloc, free, expected);
    scan_all(&scanner);
    int whole = !scanner.tree.failed && tree_print(&scanner.tree, result);
    unsigned nodes = (unsigned)scanner.tree.nodes;
    expected = nodes < FEW_NODES ? FEW_NODES : nodes > MANY_NODES ? MANY_NODES : nodes;
    tree_release(&scanner.tree);
    return whole ? 0 : -1;
}

int NAMED(scan_, LANGUAGE, _calls)(void) {
    return calls;
}

__attribute__((constructor)) static void fill_table(void) {
    for (const char *const *keyword = language.keywords; *keyword != NULL; keyword++) {
        unsigned slot = hash(*keyword, length_of(*keyword)) % TABLE;
        while (table[slot] != NULL) {
            slot = (slot + 1) % TABLE;
        }
        table[slot] = *keyword;
    }
    event(EVENT_SCAN); /* and so the compiler cannot do all this itself */
}
