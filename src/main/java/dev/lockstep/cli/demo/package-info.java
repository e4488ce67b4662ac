/**
 * The demonstration: several groups in several JVMs run one WebAssembly program over a corpus of source files, load
 * its modules as they meet new file types, and are compared with a run that has one group only. What depends on the program
 * is behind {@link dev.lockstep.cli.demo.DemoProgram}: there is a real one, and one of our own for where that can't be had.
 */
package dev.lockstep.cli.demo;
