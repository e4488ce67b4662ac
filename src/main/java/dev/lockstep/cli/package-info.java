/**
 * The command line: {@code lockstep} and its subcommands.
 *
 * <p>{@link dev.lockstep.cli.Main} holds them together. A subcommand is a class of its own that parses, calls the
 * layers below and prints; nothing below knows that it is called from here.
 */
package dev.lockstep.cli;
