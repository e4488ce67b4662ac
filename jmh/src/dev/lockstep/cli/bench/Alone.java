package dev.lockstep.cli.bench;

import java.util.List;

/** Nothing beside the ping-pong that every contestant is measured with. */
final class Alone implements Contestant {
    @Override
    public List<Part> parts() {
        return List.of();
    }

    @Override
    public void close() {}
}
