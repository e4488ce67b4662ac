/**
 * The mapped files and their layout: what lies where, who may open it, and the one seam through which every shared
 * word and every shared byte is touched.
 *
 * <p>A descriptor class a region holds its offsets and the pure helpers beside them. Nothing here knows what a lock, a
 * process or a linker is.
 */
package dev.lockstep.region;
