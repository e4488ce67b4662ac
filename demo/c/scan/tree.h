/* The tree of tokens: nodes in chunks of guest memory, printed as text. */
#pragma once

#include "scan.h"
#include <stddef.h>

#pragma GCC visibility push(hidden)

enum kind { FILE_GROUP, PAREN, BRACKET, BRACE, ANGLE, BLOCK, KEYWORD, NAME, NUMBER, STRING, REGEX, COMMENT, SIGN, WRONG };

struct node {
    enum kind kind;
    unsigned size; /* of a leaf: its bytes; of a block: its column */
    struct node *parent;
    struct node *first;
    struct node *last;
    struct node *next;
};

struct chunk;

struct tree {
    void *(*allocate)(size_t);
    void (*release)(void *);
    struct chunk *chunks;
    unsigned chunk_nodes; /* how many nodes the next chunk holds */
    struct node *open;    /* the group that is not yet closed */
    struct node file;
    int nodes;
    int errors;
    int failed; /* memory was not to be had: the tree is not whole */
};

void tree_open(struct tree *tree, void *(*allocate)(size_t), void (*release)(void *), unsigned expected);
void tree_leaf(struct tree *tree, enum kind kind, unsigned bytes);
void tree_group(struct tree *tree, enum kind kind, unsigned column);
void tree_close(struct tree *tree);

/* Fills the result with the tree as text; 0 = no memory. */
int tree_print(const struct tree *tree, struct scan_result *result);

void tree_release(struct tree *tree);

#pragma GCC visibility pop
