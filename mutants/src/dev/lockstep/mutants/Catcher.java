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
    RETIREMENT(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "retirement"),
    UNLOADING(Catcher.EXPLORER + "shouldSurviveDeathsInEveryRole", "unloading"),
    ADDITION_DEATH(Catcher.EXPLORER + "shouldAddWithoutStoppingAnybody", "addition, death"),
    ADDITION_MODULE(Catcher.EXPLORER + "shouldAddWithoutStoppingAnybody", "addition, module, death"),
    BATCH_DEATH(Catcher.EXPLORER + "shouldCommitAllOfBatchOrNothing", "batch, death"),
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
    SLOT_AGAIN(Catcher.LOCKSTEP_EXPLORER + "shouldTakeNothingFromWhoHasTheSlotByNow", "slot again"),
    ABORT_CODE(Catcher.LOCKSTEP_EXPLORER + "shouldTellEverybodyTheCodeOfTheAbort", "abort code"),
    FAIRNESS(Catcher.LOCKSTEP_EXPLORER + "shouldNotOvertakeWhoWaits", "fairness"),
    STALE_HINT(Catcher.LOCKSTEP_EXPLORER + "shouldNotOvertakeWhoWaits", "fairness, stale hint"),
    WATCHED_LEAVING(Catcher.LOCKSTEP_EXPLORER + "shouldNotTakeWhoLeavesForDamage", "watched leaving"),
    WATCHED_VISIT(Catcher.LOCKSTEP_EXPLORER + "shouldNotTakeWhoComesAndGoesForDamage", "watched visit"),
    WATCHED_ORPHANS(Catcher.LOCKSTEP_EXPLORER + "shouldNotTakeOperationsOfTheDeadForDamage", "watched orphans"),
    LATE_HOLDER(Catcher.LOCKSTEP_EXPLORER + "shouldWaitForWhoIsLateAndHoldsSomething", "late holder"),
    TAKEN_OUT(Catcher.LOCKSTEP_EXPLORER + "shouldTakeModuleOutWhenNobodyRunsOnWithIt", "taken out"),
    TAKEN_OUT_MEANWHILE(Catcher.LOCKSTEP_EXPLORER + "shouldTakeModuleOutWhenNobodyRunsOnWithIt", "taken out meanwhile"),
    IN_TURN(Catcher.LOCKSTEP_EXPLORER + "shouldFinishOperationOfTheDeadWhenLeaseIsHandedOver", "in turn"),
    CIRCLE(Catcher.MODULE_WAITS + "shouldTellOneWhoClosesTheCircleAtOnce", "circle of two"),
    CIRCLE_LATE(Catcher.MODULE_WAITS + "shouldTellOneWhoClosesTheCircleAtOnce", "circle of two, late stores"),
    CIRCLE_AGAIN(Catcher.MODULE_WAITS + "shouldTellOneWhoClosesTheCircleAtOnce", "circle, waited for again"),
    CIRCLE_DEATH(Catcher.MODULE_WAITS + "shouldGoOnWhenSomebodyInCircleDies", "circle, death"),
    CHAIN(Catcher.MODULE_WAITS + "shouldTellNobodyWhenTheLastOfChainIsDoneBeforeItWaits", "chain of three"),
    DESERTED(Catcher.MODULE_WAITS + "shouldTakeNobodyForDamageWhoLeaves", "deserted"),
    NEXT_GROUP("dev.lockstep.linker.ModuleWaitTest#shouldLeaveNoWaitToNextGroupOfSlot", ""),
    STRAY_OWNER(Catcher.DAMAGED + "shouldAbortWhenOwnerOfLeaseIsNobody", "stray owner"),
    MODULE_OF_NOBODY(Catcher.DAMAGED + "shouldAbortWhenModuleIsInTheHandsOfNobody", "module of nobody"),
    STOP_OF_NOBODY(Catcher.DAMAGED + "shouldAbortWhenOwnerOfLeaseIsStopped", "stop of nobody"),
    FEWER_COMMITTED(Catcher.DAMAGED + "shouldAbortWhenFewerOperationsAreCommittedThanApplied", "fewer committed"),
    SAID_TO_BE_SAFE(Catcher.DAMAGED + "shouldAbortWhenSlotOfRunningGroupSaysOtherwise", "said to be safe"),
    INHERITED_FLAG(Catcher.DAMAGED + "shouldLeaveNothingToNewGroupOfSlot", "inherited flag"),
    OWN_FLAG(Catcher.DAMAGED + "shouldTakeOwnFlagDownWhileWaiting", "own flag"),
    OWN_WRITER(Catcher.DAMAGED + "shouldRefuseStateLockThatIsOwnAlready", "own writer"),
    APPLIED_TOO_MUCH(Catcher.DAMAGED + "shouldWaitForWhoIsSaidToHaveAppliedMoreThanThereIs", "applied too much"),
    HOSTILE_FILE("dev.lockstep.linker.HostileFileTest#shouldAbortWhenLeaseBelongsToNobody", ""),
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
    END_CELLS(Catcher.ENDS + "shouldFindEndOfWhatIsCommittedOrThatMoreIs", "end cells"),
    END_CELLS_LATE(Catcher.ENDS + "shouldFindEndOfWhatIsCommittedOrThatMoreIs", "end cells, late stores"),
    BATCHES_THAT_CANNOT_BE("dev.lockstep.linker.MisuseTest#shouldRefuseBatchesThatCannotBe", ""),
    SLOTS_AT_RANDOM("dev.lockstep.linker.table.TableSlotsTest#shouldGiveEverySlotToOneAtATime", ""),
    ACCESS_MODES(
            "dev.lockstep.docs.MemoryModelDocumentTest#shouldNameEveryAccessToSharedMemoryAsOftenAsItIsMadeAndNoOther",
            "");

    private static final String EXPLORER = "dev.lockstep.linker.ExplorerTest#";
    private static final String LOCKSTEP_EXPLORER = "dev.lockstep.linker.LockstepExplorerTest#";
    private static final String MODULE_WAITS = "dev.lockstep.linker.ModuleWaitExplorerTest#";
    private static final String DAMAGED = "dev.lockstep.linker.DamagedWordsTest#";
    private static final String ENDS = "dev.lockstep.broadcast.JournalEndsExplorerTest#";
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
