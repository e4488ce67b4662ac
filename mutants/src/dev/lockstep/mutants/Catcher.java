package dev.lockstep.mutants;

/** What can see a fault: one exploration, or one test. */
enum Catcher {
    OPERATION(Catcher.EXPLORER + "shouldFinishOperationInEveryInterleaving", "operation"),
    SAFE_REGION(Catcher.EXPLORER + "shouldFinishOperationInEveryInterleaving", "operation, safe region, late stores"),
    DEATH(Catcher.EXPLORER + "shouldGoOnWhenAnyoneDiesAnywhere", "death"),
    TWO_DEATHS(Catcher.EXPLORER + "shouldGoOnWhenReapersAndAdoptersDieToo", "two deaths"),
    THREE_DEATHS(Catcher.EXPLORER + "shouldGoOnWhenReapersAndAdoptersDieToo", "three deaths"),
    THREE_DEATHS_WRITER(Catcher.EXPLORER + "shouldGoOnWhenReapersAndAdoptersDieToo", "three deaths, writer"),
    THREE_DEATHS_BOOTSTRAP(Catcher.EXPLORER + "shouldGoOnWhenReapersAndAdoptersDieToo", "three deaths, bootstrap"),
    MODULE(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "module"),
    READERS(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "readers"),
    MUTEX(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "mutex"),
    LEASE(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "lease"),
    JOINER(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "joiner"),
    CHILD(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "child"),
    BOOTSTRAP(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "bootstrap"),
    DEADLINE(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "deadline"),
    ABORT(Catcher.EXPLORER + "shouldEndForEverybodyWhenAborted", "abort"),
    LOCKSTEP(Catcher.LOCKSTEP_EXPLORER + "shouldLetNobodyRunBeforeAllHaveApplied", "lockstep"),
    COMING_BACK(Catcher.LOCKSTEP_EXPLORER + "shouldHaveAppliedEverythingWhenBackFromSafeRegion", "coming back"),
    CLAIM_AND_CANCEL(Catcher.LOCKSTEP_EXPLORER + "shouldClaimOrCancelAndNotBoth", "claim and cancel"),
    WRITER_DIES_LOOKING(
            Catcher.LOCKSTEP_EXPLORER + "shouldExcludeReaderFromWhoWritesAfterDeadWriter", "writer dies looking"),
    WITHDRAWN(Catcher.LOCKSTEP_EXPLORER + "shouldWaitForEverybodyAgainAfterWithdrawal", "withdrawn"),
    JOINERS(Catcher.LOCKSTEP_EXPLORER + "shouldGiveEveryGroupItsOwnSlot", "joiners"),
    LATE_EVICTION(Catcher.LOCKSTEP_EXPLORER + "shouldEvictNobodyElseWhoHasTheSlotByNow", "late eviction"),
    ABORT_CODE(Catcher.LOCKSTEP_EXPLORER + "shouldTellEverybodyTheCodeOfTheAbort", "abort code"),
    FAIRNESS(Catcher.LOCKSTEP_EXPLORER + "shouldNotOvertakeWhoWaits", "fairness"),
    LEASE_CONTENDED(Catcher.LOCKS + "shouldOwnLeaseOneAtATimeWhenThreeContend", "lease, three contend"),
    LEASE_GIVEN_UP(Catcher.LOCKS + "shouldLoseNoGrantWhenWaiterGivesUp", "lease, waiter gives up"),
    LEASE_GIVEN_UP_LATE(Catcher.LOCKS + "shouldLoseNoGrantWhenWaiterGivesUp", "lease, waiter gives up, late stores"),
    LEASE_DEATH(Catcher.LOCKS + "shouldPassLeaseOnWhenAnyoneDiesAtAnyAccess", "lease, death"),
    STATE_LOCK(Catcher.LOCKS + "shouldExcludeReaderAndWritersFromEachOther", "state lock"),
    STATE_LOCK_LATE(Catcher.LOCKS + "shouldExcludeReaderAndWritersFromEachOther", "state lock, late stores"),
    STATE_LOCK_GIVEN_UP(Catcher.LOCKS + "shouldGiveStateLockBackWhenWriterGivesUp", "state lock, writer gives up"),
    STATE_LOCK_DEATH(
            Catcher.LOCKS + "shouldExcludeReaderAndWriterWhenAnotherWriterDiesAtAnyAccess", "state lock, death"),
    OPTIMISTIC(Catcher.LOCKS + "shouldReadOptimisticallyWhatBelongsTogether", "optimistic"),
    ACCESS_MODES(
            "dev.lockstep.docs.MemoryModelDocumentTest#shouldNameEveryAccessToSharedMemoryAsOftenAsItIsMadeAndNoOther",
            "");

    private static final String EXPLORER = "dev.lockstep.linker.ExplorerTest#";
    private static final String LOCKSTEP_EXPLORER = "dev.lockstep.linker.LockstepExplorerTest#";
    private static final String LOCKS = "dev.lockstep.linker.LockExplorerTest#";

    private final String method;
    private final String exploration;

    Catcher(final String method, final String exploration) {
        this.method = method;
        this.exploration = exploration;
    }

    /** Class and method of the test. */
    String method() {
        return method;
    }

    /** Name of the exploration within the test; empty if it is none. */
    String exploration() {
        return exploration;
    }

    /** As the document names it. */
    String title() {
        return exploration.isEmpty() ? method.substring(method.lastIndexOf('.') + 1, method.indexOf('#')) : exploration;
    }
}
