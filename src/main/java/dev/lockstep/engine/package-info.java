/**
 * What any engine needs to take part: the description of a dynamic library, the bytes of loaded modules in the
 * universe, and the guest's linear memory in a file.
 *
 * <p>Nothing here knows a particular engine; adapters live in packages below this one. Nothing here takes a lock of the
 * linker's: reading, hashing and checking happen before an operation, not inside it.
 */
package dev.lockstep.engine;
