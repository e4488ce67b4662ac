package dev.lockstep.cli.demo;

import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.wasm.HostFunctions;

/**
 * One group's side of the program that the demonstration runs. Belongs to the group's thread; all but {@link #host} calls the
 * guest, so the caller has entered it.
 */
interface DemoGuest extends AutoCloseable {
    /** {@return what the guest imports from its host, for this group} */
    HostFunctions host();

    /**
     * Gets ready for a language, once.
     *
     * @param replica of the group.
     * @param language to get ready for.
     * @param slot of the function that the language's module is used by.
     */
    void open(GuestReplica replica, Language language, int slot);

    /**
     * Has the guest read a text.
     *
     * @param language that was opened.
     * @param text to read.
     * @return what came of it; the guest has freed what it needed.
     */
    Verdict read(Language language, String text);

    /** Gives back what the guest holds for the group. */
    @Override
    void close();
}
