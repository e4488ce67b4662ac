/*
 * A scanner: reads text, and tells its tokens as a tree, nested by brackets and, where the language has it, by indentation. One
 * module a language, with one entry:
 *
 *   int scan_<language>(const char *text, int length, struct scan_result *result);
 *   int scan_<language>_calls(void);
 *
 * The first is 0, or -1 if memory was not to be had; then nothing is to be freed. The expression is text, ended by a zero that its
 * length does not count, in memory of the main module's malloc: the caller frees it. The same text gives the same result whenever and in
 * whatever group. The second is how many texts the calling group has scanned.
 *
 *   (file kind:bytes ... (paren kind:bytes ...) ...)
 *
 * Groups are file, paren, bracket, brace, angle and block; a group that lacks its end or its start is an error, as are a string
 * and a comment that do not end and bytes that are not UTF-8. Leaves are keyword, name, number, string, regex, comment, sign
 * and error, each with its length in bytes.
 */
#pragma once

struct scan_result {
    char *expression;
    int length;
    int nodes;
    int errors;
};
