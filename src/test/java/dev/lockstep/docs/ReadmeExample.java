package dev.lockstep.docs;

import dev.lockstep.linker.DlOperation.AllocateFunctionTable;
import dev.lockstep.linker.FunctionTable;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.UniverseConfig;
import java.nio.file.Path;

public final class ReadmeExample {
    public static void main(final String[] args) throws Exception {
        try (Universe universe = Universe.open(UniverseConfig.at(Path.of(args[0])))) {
            final FunctionTable table = new FunctionTable(); // an engine has a Replica of its own
            final InstanceGroup group = universe.bootstrapOrJoin( // replays what was agreed on before
                    table, state -> new AllocateFunctionTable(state.growTable(1), 1));
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                final int slot = state.growTable(1); // ours alone until it is broadcast
                group.synchronizeLinkOperation(state, new AllocateFunctionTable(slot, 1));
            } // now every running group of every JVM has the slot
            group.doPendingLinkOperations(true); // call this often: it answers what others broadcast
            System.out.println("slots=" + table.tableLength() + " committed=" + universe.committedSequence());
            group.shutdownInstanceGroup();
        }
    }
}
