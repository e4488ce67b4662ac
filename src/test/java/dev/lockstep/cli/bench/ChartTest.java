package dev.lockstep.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ChartTest {
    private static final int BARS_END = 730;

    private static Document chart(final String subtitle, final Row... rows) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(Chart.of(List.of(rows), subtitle))));
    }

    /** Without the background. */
    private static Element bar(final Document chart, final int index) {
        return (Element) chart.getElementsByTagName("rect").item(index + 1);
    }

    private static double end(final Element bar) {
        return Double.parseDouble(bar.getAttribute("x")) + Double.parseDouble(bar.getAttribute("width"));
    }

    private static double goalLine(final Document chart) {
        final NodeList lines = chart.getElementsByTagName("line");
        for (int i = 0; i < lines.getLength(); i++) {
            final Element line = (Element) lines.item(i);
            if (line.getAttribute("stroke").equals("#222222")) {
                return Double.parseDouble(line.getAttribute("x1"));
            }
        }
        throw new AssertionError("no line where the goal is");
    }

    @Test
    void shouldBeWellFormedWhateverTheTextsSay() throws Exception {
        final Document chart = chart("<a> & \"b\" 'c'", Row.ratio("lease & <co>", 1, "ns", "floor", 1, 1));
        assertEquals("svg", chart.getDocumentElement().getTagName());
        assertTrue(chart.getDocumentElement().getTextContent().contains("<a> & \"b\" 'c'"));
        assertTrue(chart.getDocumentElement().getTextContent().contains("lease & <co>"));
    }

    @Test
    void shouldEndBarsAtTheGoalLineWhereTheGoalIsJustMet() throws Exception {
        final Document chart = chart(
                "",
                Row.ratio("just", 3, "ns", "floor", 2, 1.5),
                Row.ratio("better", 2, "ns", "floor", 2, 1.5),
                Row.ratio("worse", 4, "ns", "floor", 2, 1.5));
        final double goal = goalLine(chart);
        assertEquals(goal, end(bar(chart, 0)), 0.2);
        assertTrue(end(bar(chart, 1)) < goal - 1);
        assertTrue(end(bar(chart, 2)) > goal + 1);
        assertEquals(bar(chart, 0).getAttribute("fill"), bar(chart, 1).getAttribute("fill"));
        assertTrue(!bar(chart, 0).getAttribute("fill").equals(bar(chart, 2).getAttribute("fill")));
    }

    @Test
    void shouldLeaveFloorsOutAndKeepWhatIsOffTheScaleOnIt() throws Exception {
        final Document chart = chart(
                "",
                Row.floor("floor", 6, "ns"),
                Row.ratio("far", 1e9, "us", "floor", 1, 1),
                Row.ratio("near", 1e-9, "us", "floor", 1, 1));
        assertEquals(3, chart.getElementsByTagName("rect").getLength());
        assertEquals(BARS_END, end(bar(chart, 0)), 0.2);
        assertTrue(Double.parseDouble(bar(chart, 1).getAttribute("width")) > 0);
    }
}
