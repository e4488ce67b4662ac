#!/usr/bin/env python3
# Regular expressions to automata and back to matching, by derivatives.
import sys
from functools import lru_cache, reduce

EMPTY, EPSILON = ("empty",), ("epsilon",)


def char(c):
    return ("char", c)


def alt(a, b):
    match (a, b):
        case (("empty",), other) | (other, ("empty",)):
            return other
        case (x, y) if x == y:
            return x
        case _:
            return ("alt", *sorted((a, b)))


def seq(a, b):
    if EMPTY in (a, b):
        return EMPTY
    if a == EPSILON:
        return b
    return a if b == EPSILON else ("seq", a, b)


def star(a):
    return a if a[0] == "star" else ("star", a)


@lru_cache(maxsize=None)
def nullable(r) -> bool:
    kind, *rest = r
    if kind in {"epsilon", "star"}:
        return True
    elif kind == "alt":
        return any(map(nullable, rest))
    elif kind == "seq":
        return all(nullable(x) for x in rest)
    return False


@lru_cache(maxsize=4096)
def derive(r, c):
    match r:
        case ("char", d):
            return EPSILON if c == d else EMPTY
        case ("alt", a, b):
            return alt(derive(a, c), derive(b, c))
        case ("seq", a, b):
            first = seq(derive(a, c), b)
            return alt(first, derive(b, c)) if nullable(a) else first
        case ["star", a]:
            return seq(derive(a, c), r)
    return EMPTY


def matches(r, text):
    return nullable(reduce(derive, text, r))


def parse(pattern):
    position = 0

    def peek():
        return pattern[position] if position < len(pattern) else None

    def take():
        nonlocal position
        position += 1
        return pattern[position - 1]

    def atom():
        if peek() == "(":
            take()
            inner = union()
            if take() != ")":
                raise SyntaxError("missing )")
            return inner
        return char(take())

    def repeat():
        r = atom()
        while peek() in ("*", "+", "?"):
            op = take()
            r = {"*": star, "+": lambda x: seq(x, star(x)), "?": lambda x: alt(x, EPSILON)}[op](r)
        return r

    def concatenation():
        r = EPSILON
        while peek() not in (None, "|", ")"):
            r = seq(r, repeat())
        return r

    def union():
        r = concatenation()
        while peek() == "|":
            take()
            r = alt(r, concatenation())
        return r

    return union()


def states(start, alphabet, /, *, limit=1_000):
    seen, todo = {start: 0}, [start]
    while todo and len(seen) < limit:
        state = todo.pop()
        for c in alphabet:
            following = derive(state, c)
            if following not in seen:
                seen[following] = len(seen)
                todo.append(following)
    return seen


async def stream(reader):
    async for line in reader:
        async with reader.lock:
            yield line.rstrip(b"\r\n").decode("utf-8", errors="replace")


if __name__ == "__main__":
    for pattern, text, expected in [("(a|b)*abb", "ababb", True), ("ab?c+", "ac", True), ("ab?c+", "ab", False)]:
        got = matches(parse(pattern), text)
        print(f"{pattern:>12} {text:<8} {got}", file=sys.stderr if got is not expected else sys.stdout)
        if got is not expected:
            sys.exit(1)
    del pattern, text
    print(len(states(parse("(a|b)*abb"), "ab")), 0x1F, 0b101, 1e-3, 2j, not None)
