package dev.lockstep.engine.treesitter;

import dev.lockstep.engine.ContentHash;

/**
 * What is kept of a syntax tree once the guest has freed it.
 *
 * @param expression hash of the tree written as an S-expression.
 * @param nodes number of nodes, the root included.
 * @param hasErrors whether a part of the text could not be parsed.
 */
public record ParsedTree(ContentHash expression, int nodes, boolean hasErrors) {}
