/** What the jcstress tests share: memory for the production classes to work on. */
package dev.lockstep.stress;
