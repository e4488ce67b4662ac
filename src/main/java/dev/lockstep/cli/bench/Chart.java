package dev.lockstep.cli.bench;

import java.util.List;
import java.util.Locale;

/**
 * The rows as a bar chart in SVG: for each how many times its goal its ratio is, on a logarithmic scale, with a line where
 * the goal is. Floors are no goals and are left out.
 */
final class Chart {
    private static final int LABELS = 270;
    private static final int BARS = 460;
    private static final int NUMBERS = 250;
    private static final int WIDTH = LABELS + BARS + NUMBERS;
    private static final int TOP = 62;
    private static final int PITCH = 26;
    private static final int BAR = 16;
    private static final int BOTTOM = 12;
    private static final double LEAST = 0.01;
    private static final double MOST = 100;
    private static final double[] TICKS = {0.01, 0.1, 1, 10, 100};

    private Chart() {}

    /**
     * {@return an SVG document}
     *
     * @param rows to show.
     * @param subtitle where and when.
     */
    static String of(final List<Row> rows, final String subtitle) {
        final List<Row> shown = rows.stream().filter(row -> !row.isFloor()).toList();
        final int height = TOP + shown.size() * PITCH + BOTTOM;
        final StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"sans-serif\" font-size=\"12\">%n",
                WIDTH,
                height,
                WIDTH,
                height));
        svg.append(String.format(Locale.ROOT, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", WIDTH, height));
        text(
                svg,
                10,
                18,
                "start",
                "#222222",
                "Ratio to its baseline as a multiple of the goal (log scale, shorter is better)");
        text(svg, 10, 34, "start", "#666666", subtitle);
        for (final double tick : TICKS) {
            final double x = x(tick);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\"/>%n",
                    x,
                    TOP - 6,
                    x,
                    height - BOTTOM,
                    tick == 1 ? "#222222" : "#dddddd"));
            text(svg, x, TOP - 10, "middle", "#666666", tick == 1 ? "goal" : Numbers.tick(tick));
        }
        for (int i = 0; i < shown.size(); i++) {
            bar(svg, shown.get(i), TOP + i * PITCH);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void bar(final StringBuilder svg, final Row row, final int y) {
        final double end = x(row.ratio() / row.goal());
        text(svg, LABELS - 8, y + BAR - 4, "end", "#222222", row.name());
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                LABELS,
                y,
                Math.max(1, end - LABELS),
                BAR,
                row.met() ? "#3a7d44" : row.judged() ? "#c1666b" : "#999999"));
        text(
                svg,
                LABELS + BARS + 8,
                y + BAR - 4,
                "start",
                "#222222",
                Numbers.text(row.value()) + " " + row.unit() + ", ratio " + Numbers.text(row.ratio()) + ", goal "
                        + Numbers.text(row.goal()));
    }

    /** {@return where a multiple of the goal lies; what is off the scale lies at its end} */
    private static double x(final double multiple) {
        final double shown = Math.min(MOST, Math.max(LEAST, multiple));
        return LABELS + BARS * Math.log(shown / LEAST) / Math.log(MOST / LEAST);
    }

    private static void text(
            final StringBuilder svg,
            final double x,
            final int y,
            final String anchor,
            final String colour,
            final String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                colour,
                escape(text)));
    }

    private static String escape(final String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
