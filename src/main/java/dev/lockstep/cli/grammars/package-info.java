/**
 * {@code lockstep grammars}: every grammar of an npm package is loaded by several groups in several JVMs, in random order, while
 * further groups come and go, and everything is compared with what one group alone comes to.
 */
package dev.lockstep.cli.grammars;
