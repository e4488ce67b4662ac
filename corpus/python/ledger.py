"""Double-entry bookkeeping in a page: accounts, postings and a balance that must be zero."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Iterable, Iterator, Optional

AMOUNT = re.compile(r"^(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:,\d{3})*|\d+)(?:\.(?P<cents>\d{2}))?$")


class Unbalanced(ValueError):
    def __init__(self, difference: Decimal, *, where: str = "<ledger>") -> None:
        super().__init__(f"{where}: postings differ by {difference:+,.2f}")
        self.difference = difference


@dataclass(order=True)
class Posting:
    account: str
    amount: Decimal
    note: Optional[str] = field(default=None, compare=False)

    @property
    def is_debit(self) -> bool:
        return self.amount > 0


def parse_amount(text: str) -> Decimal:
    if not (match := AMOUNT.match(text.strip())):
        raise ValueError(f"not an amount: {text!r}")
    whole = match["whole"].replace(",", "")
    value = Decimal(f"{whole}.{match['cents'] or '00'}")
    return -value if match["sign"] == "-" else value


def read(lines: Iterable[str]) -> Iterator[list[Posting]]:
    entry: list[Posting] = []
    for number, line in enumerate(lines, start=1):
        line, _, comment = line.partition("#")
        if not line.strip():
            if entry:
                yield entry
                entry = []
            continue
        try:
            account, amount = line.rsplit(maxsplit=1)
        except ValueError as error:
            raise SyntaxError(f"line {number}") from error
        else:
            entry.append(Posting(account.strip(), parse_amount(amount), comment.strip() or None))
    if entry:
        yield entry


class Ledger:
    __slots__ = ("_balances", "entries")

    def __init__(self) -> None:
        self._balances: dict[str, Decimal] = {}
        self.entries = 0

    def post(self, *postings: Posting) -> "Ledger":
        if (difference := sum((p.amount for p in postings), Decimal(0))) != 0:
            raise Unbalanced(difference, where=postings[0].account if postings else "empty")
        for account, amount in ((p.account, p.amount) for p in postings):
            self._balances[account] = self._balances.get(account, Decimal(0)) + amount
        self.entries += 1
        return self

    def __getitem__(self, account: str) -> Decimal:
        return self._balances[account]

    def report(self, width: int = 24) -> str:
        rows = [f"{name:<{width}}{value:>14,.2f}" for name, value in sorted(self._balances.items()) if value]
        return "\n".join([*rows, "-" * (width + 14)])


@contextlib.contextmanager
def collecting(errors: list[Exception]):
    try:
        yield errors
    except* Unbalanced as group:
        errors.extend(group.exceptions)


if __name__ == "__main__":
    ledger = Ledger()
    sample = "assets:bank  1,200.00\nincome:salary -1,200.00\n\nexpenses:rent 640.50 # march\nassets:bank -640.50\n"
    for postings in read(sample.splitlines()):
        ledger.post(*postings)
    print(ledger.report(), end="\n\n")
    assert sum(ledger[a] for a in ("assets:bank", "income:salary", "expenses:rent")) == 0, "must balance"
