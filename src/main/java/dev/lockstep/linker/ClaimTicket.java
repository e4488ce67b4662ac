package dev.lockstep.linker;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text by which a lease that was offered is claimed: {@code lockstep-claim:<universe>:<slot>:<grant>}. */
record ClaimTicket(String universe, int slot, long grant) {
    private static final Pattern TEXT = Pattern.compile("lockstep-claim:([0-9a-f]{1,32}):(\\d{1,4}):(\\d{1,16})");

    static ClaimTicket parse(final String text, final String universe) {
        final Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "not a claim ticket: text=" + text + ", pass on what offer() or claimTicket() gave, unchanged");
        }
        if (!matcher.group(1).equals(universe)) {
            throw new IllegalArgumentException(
                    "claim ticket is of another universe: ticket=" + matcher.group(1) + " this=" + universe);
        }
        return new ClaimTicket(universe, Integer.parseInt(matcher.group(2)), Long.parseLong(matcher.group(3)));
    }

    @Override
    public String toString() {
        return "lockstep-claim:" + universe + ":" + slot + ":" + grant;
    }
}
