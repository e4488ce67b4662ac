package dev.lockstep.process;

/** {@link ProcessProbe} by {@code /proc/<pid>/stat}. */
final class ProcProbe implements ProcessProbe {
    @Override
    public boolean isRunning(final long pid, final long startTicks) {
        final ProcStat stat = ProcStat.of(pid);
        return stat.isRunning() && stat.startTicks() == startTicks;
    }
}
