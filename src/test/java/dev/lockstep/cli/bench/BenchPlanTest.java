package dev.lockstep.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BenchPlanTest {
    @Test
    void shouldComeOutOfItsArgumentAsItWentIn() {
        final BenchPlan plan = new BenchPlan(1, 2, 3, 4, 5, 6, 7, 8);
        assertEquals(plan, BenchPlan.parse(plan.argument()));
    }
}
