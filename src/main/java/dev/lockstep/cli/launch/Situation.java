package dev.lockstep.cli.launch;

import java.util.List;

/** How far what a launcher leads has come; asked by its thread only. */
public interface Situation {
    /** {@return what is being done, in a word} */
    String phase();

    /** {@return how far things are, in one line} */
    String progress();

    /** {@return what each participant does, a line each} */
    List<String> doings();
}
