#include "tree.h"

struct chunk {
    struct chunk *next;
    unsigned used;
    unsigned size;
    struct node nodes[];
};

static const char *const names[] = {"file",   "paren",  "bracket", "brace", "angle",   "block", "keyword",
                                    "name",   "number", "string",  "regex", "comment", "sign",  "error"};

static struct node *new_node(struct tree *tree) {
    struct chunk *chunk = tree->chunks;
    if (chunk == NULL || chunk->used == chunk->size) {
        chunk = tree->allocate(sizeof(struct chunk) + tree->chunk_nodes * sizeof(struct node));
        if (chunk == NULL) {
            tree->failed = 1;
            return NULL;
        }
        *chunk = (struct chunk){.next = tree->chunks, .size = tree->chunk_nodes};
        tree->chunks = chunk;
    }
    return &chunk->nodes[chunk->used++];
}

static struct node *append(struct tree *tree, enum kind kind, unsigned size) {
    struct node *node = new_node(tree);
    if (node == NULL) {
        return NULL;
    }
    *node = (struct node){.kind = kind, .size = size, .parent = tree->open};
    if (tree->open->last == NULL) {
        tree->open->first = node;
    } else {
        tree->open->last->next = node;
    }
    tree->open->last = node;
    tree->nodes++;
    return node;
}

void tree_open(struct tree *tree, void *(*allocate)(size_t), void (*release)(void *), unsigned expected) {
    *tree = (struct tree){.allocate = allocate, .release = release, .chunk_nodes = expected, .nodes = 1};
    tree->open = &tree->file;
}

void tree_leaf(struct tree *tree, enum kind kind, unsigned bytes) {
    append(tree, kind, bytes);
}

void tree_group(struct tree *tree, enum kind kind, unsigned column) {
    struct node *group = append(tree, kind, column);
    if (group != NULL) {
        tree->open = group;
    }
}

void tree_close(struct tree *tree) {
    tree->open = tree->open->parent;
}

/* Where text goes: nowhere at first, to learn how long it is. */
struct output {
    char *to;
    int length;
};

static void put(struct output *output, char c) {
    if (output->to != NULL) {
        output->to[output->length] = c;
    }
    output->length++;
}

static void put_text(struct output *output, const char *text) {
    for (; *text != 0; text++) {
        put(output, *text);
    }
}

static void put_number(struct output *output, unsigned number) {
    unsigned power = 1;
    while (number / power >= 10) {
        power *= 10;
    }
    for (; power > 0; power /= 10) {
        put(output, (char)('0' + number / power % 10));
    }
}

static void put_node(struct output *output, const struct node *node) {
    if (node->parent != NULL) {
        put(output, ' ');
    }
    if (node->kind < KEYWORD) {
        put(output, '(');
    }
    put_text(output, names[node->kind]);
    if (node->kind >= KEYWORD) {
        put(output, ':');
        put_number(output, node->size);
    }
}

/* Without recursion: the nesting is the text's choice, and the stack is small. */
static int print(const struct tree *tree, char *to) {
    struct output output = {to, 0};
    const struct node *node = &tree->file;
    while (node != NULL) {
        put_node(&output, node);
        if (node->first != NULL) {
            node = node->first;
            continue;
        }
        if (node->kind < KEYWORD) {
            put(&output, ')');
        }
        while (node->next == NULL) {
            node = node->parent;
            if (node == NULL) {
                return output.length;
            }
            put(&output, ')');
        }
        node = node->next;
    }
    return output.length;
}

int tree_print(const struct tree *tree, struct scan_result *result) {
    int length = print(tree, NULL);
    char *text = tree->allocate((size_t)length + 1);
    if (text == NULL) {
        return 0;
    }
    print(tree, text);
    text[length] = 0;
    *result = (struct scan_result){.expression = text, .length = length, .nodes = tree->nodes, .errors = tree->errors};
    return 1;
}

void tree_release(struct tree *tree) {
    struct chunk *chunk = tree->chunks;
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        tree->release(chunk);
        chunk = next;
    }
    tree->chunks = NULL;
}
