/**
 * The host's side of web-tree-sitter, a parser that was built by others as a dynamic library and whose grammars are side
 * modules: the program that the demonstration runs.
 *
 * <p>Its allocator is not thread-safe and its parsers share globals, so a group calls it only while it holds the
 * universe's guest lock; nothing here takes that lock.
 */
package dev.lockstep.engine.treesitter;
