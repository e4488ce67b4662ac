package dev.lockstep;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.invoke.VarHandle;

/** Which package may know which: the layers of the design, and what each keeps to itself. */
@AnalyzeClasses(packages = "dev.lockstep", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String CLI = "dev.lockstep.cli..";
    private static final String ENGINE = "dev.lockstep.engine..";
    private static final String LINKER = "dev.lockstep.linker..";
    private static final String BROADCAST = "dev.lockstep.broadcast..";
    private static final String LOCK = "dev.lockstep.lock..";
    private static final String PROCESS = "dev.lockstep.process..";
    private static final String REGION = "dev.lockstep.region..";

    @ArchTest
    static final ArchRule shouldNeverPointUpFromOneLayerToAnother = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.lockstep..")
            .withOptionalLayers(true)
            .layer("cli")
            .definedBy(CLI)
            .layer("engine")
            .definedBy(ENGINE)
            .layer("linker")
            .definedBy(LINKER)
            .layer("broadcast")
            .definedBy(BROADCAST)
            .layer("lock")
            .definedBy(LOCK)
            .layer("process")
            .definedBy(PROCESS)
            .layer("region")
            .definedBy(REGION)
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("engine")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("linker")
            .mayOnlyBeAccessedByLayers("cli", "engine")
            .whereLayer("broadcast")
            .mayOnlyBeAccessedByLayers("cli", "engine", "linker")
            .whereLayer("lock")
            .mayOnlyBeAccessedByLayers("cli", "engine", "linker", "broadcast")
            .whereLayer("process")
            .mayOnlyBeAccessedByLayers("cli", "engine", "linker", "broadcast", "lock")
            .whereLayer("region")
            .mayOnlyBeAccessedByLayers("cli", "engine", "linker", "broadcast", "lock", "process")
            .ensureAllClassesAreContainedInArchitecture();

    @ArchTest
    static final ArchRule shouldHaveNoCyclesBetweenPackages =
            slices().matching("dev.lockstep.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule shouldUseChronicleInJournalAndCommandLineOnly = noClasses()
            .that()
            .resideOutsideOfPackages(BROADCAST, CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("net.openhft..");

    @ArchTest
    static final ArchRule shouldUseAnEngineInItsAdapterOnly = noClasses()
            .that()
            .resideOutsideOfPackage("dev.lockstep.engine.chicory..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.dylibso..", "run.endive..");

    @ArchTest
    static final ArchRule shouldLoadModulesForAnyEngine = noClasses()
            .that()
            .resideInAPackage(ENGINE)
            .and()
            .resideOutsideOfPackage("dev.lockstep.engine.chicory..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.dylibso..", "run.endive..", "dev.lockstep.engine.chicory..");

    @ArchTest
    static final ArchRule shouldUsePicocliInCommandLineOnly = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule shouldNeedNoOptionalDependencyInCore = noClasses()
            .that()
            .resideInAnyPackage(LINKER, BROADCAST, LOCK, PROCESS, REGION)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.dylibso..", "run.endive..", "picocli..", "org.HdrHistogram..", "org.slf4j..");

    @ArchTest
    static final ArchRule shouldFenceThroughTheSharedBufferInCore = noClasses()
            .that()
            .resideInAnyPackage(LINKER, BROADCAST, LOCK, PROCESS)
            .should()
            .callMethodWhere(target(owner(type(VarHandle.class)))
                    .and(target(nameMatching(".*Fence")))
                    .as("target is a static fence"));

    @ArchTest
    static final ArchRule shouldTouchNoRawMemoryInCore = noClasses()
            .that()
            .resideInAnyPackage(LINKER, BROADCAST, LOCK, PROCESS, REGION)
            .should()
            .dependOnClassesThat(nameMatching("sun\\.misc\\.Unsafe|jdk\\.internal\\..*|org\\.agrona\\.UnsafeApi")
                    .as("give raw access to memory"));

    @ArchTest
    static final ArchRule shouldPrintFromTheCommandLineOnly = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule shouldEndTheJvmFromTheCommandLineOnly = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class);
}
