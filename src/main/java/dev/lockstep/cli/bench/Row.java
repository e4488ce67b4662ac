package dev.lockstep.cli.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What came of a measurement. Immutable.
 *
 * @param name of the measurement.
 * @param value measured, smaller is better.
 * @param unit of value and baseline.
 * @param against what it is compared with: a floor or an alternative measured beside it, or a limit.
 * @param baseline what that costs.
 * @param judged whether this machine and JVM can be held to the goal.
 * @param goal that value / baseline is not to exceed.
 * @param conditions that belong to the goal too.
 * @param remarks for the reader.
 */
record Row(
        String name,
        double value,
        String unit,
        String against,
        double baseline,
        boolean judged,
        double goal,
        List<Condition> conditions,
        List<String> remarks) {
    Row {
        if (!(value > 0) || !(baseline > 0)) {
            throw new IllegalArgumentException(
                    "measured nothing: row=" + name + " value=" + value + " baseline=" + baseline);
        }
        conditions = List.copyOf(conditions);
        remarks = List.copyOf(remarks);
    }

    /** A row that compares with something measured beside it. */
    static Row ratio(
            final String name,
            final double value,
            final String unit,
            final String against,
            final double baseline,
            final double goal) {
        return new Row(name, value, unit, against, baseline, true, goal, List.of(), List.of());
    }

    /** A row that compares with a limit: the ratio is the part of it that was used, the goal 1. */
    static Row limit(final String name, final double value, final String unit, final double limit) {
        return ratio(name, value, unit, "absolute", limit, 1);
    }

    /** A row that others are compared with: itself is compared with itself. */
    static Row floor(final String name, final double value, final String unit) {
        return ratio(name, value, unit, name, value, 1);
    }

    /** {@return the same with one more thing to satisfy} */
    Row require(final String text, final boolean met) {
        final List<Condition> more = new ArrayList<>(conditions);
        more.add(new Condition(text, met));
        return new Row(name, value, unit, against, baseline, judged, goal, more, remarks);
    }

    /** {@return the same with one more remark} */
    Row remark(final String text) {
        final List<String> more = new ArrayList<>(remarks);
        more.add(text);
        return new Row(name, value, unit, against, baseline, judged, goal, conditions, more);
    }

    /** {@return the same without a verdict, since what is measured here is something else; counted as not met} */
    Row unjudged(final String why) {
        final Row told = remark(why);
        return new Row(name, value, unit, against, baseline, false, goal, conditions, told.remarks());
    }

    boolean isFloor() {
        return against.equals(name);
    }

    double ratio() {
        return value / baseline;
    }

    /** {@return whether the row is judged, and the ratio and all conditions are as they are to be} */
    boolean met() {
        return judged && ratio() <= goal && conditions.stream().allMatch(Condition::met);
    }
}
