package dev.lockstep.cli.bench;

/** What is reported of a histogram. */
enum Percentile {
    P50(50),
    P99(99),
    P999(99.9);

    final double percent;

    Percentile(final double percent) {
        this.percent = percent;
    }

    /** {@return what the percentile of a histogram is reported as} */
    String of(final String histogram) {
        return histogram + "." + name();
    }
}
