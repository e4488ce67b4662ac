/** What the tests share: other JVMs to talk to, to suspend and to kill. Nothing here knows the code under test. */
package dev.lockstep.testing;
