/**
 * What commands that start JVMs of their own share: the child JVM and the lines exchanged with it, hearing several until
 * all have ended, a scratch directory, and the writer of their JSON. Public to the other packages of the command only.
 */
package dev.lockstep.cli.launch;
