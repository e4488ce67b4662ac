package dev.lockstep.cli.bench;

/**
 * What a row has to satisfy beside its ratio.
 *
 * @param text that says it, with the numbers.
 * @param met whether it does.
 */
record Condition(String text, boolean met) {}
