/* What distinguishes a language for the scanner; scan/languages has one header for each. */
#pragma once

#include <stddef.h>

enum flags {
    INDENTED = 1,        /* deeper lines are a group */
    MARKUP = 2,          /* < and > are brackets; strings only between them */
    NESTED_COMMENTS = 4, /* block comments hold block comments */
    REGEXES = 8,         /* a slash where no operand is before it starts a regular expression */
    LIFETIMES = 16,      /* a quote before a name that no quote follows is a sign */
    TRIPLE_QUOTES = 32,  /* three quotes start a string that three end, over lines */
    FOLDED = 64,         /* keywords in any case */
    VERBATIM = 128       /* @" starts a string in which only a doubled quote is special, over lines */
};

struct language {
    const char *const *keywords; /* ended by NULL */
    const char *line_comments[3];
    const char *block_comment[2];
    const char *quotes;       /* what starts a string that ends at the line's end at the latest */
    const char *long_quotes;  /* what starts a string that goes over lines */
    const char *name_start;   /* starts a name, besides letters and underscores */
    const char *name_part;    /* goes on with a name, besides letters, digits and underscores */
    unsigned flags;
};
