/**
 * The demonstration: several groups in several JVMs run one real WebAssembly program over a corpus of source files, load
 * its modules as they meet new file types, and are compared with a run that has one group only.
 */
package dev.lockstep.cli.demo;
