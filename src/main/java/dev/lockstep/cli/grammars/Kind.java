package dev.lockstep.cli.grammars;

/** What a group is there for. */
enum Kind {
    /** Loads every grammar, in an order of its own, and stays until the end. */
    RESIDENT,
    /** Comes, uses a few grammars, gives some of them back, and leaves. */
    VISITOR,
    /** Comes when all is over, and must find everything as the residents left it. */
    LATE
}
