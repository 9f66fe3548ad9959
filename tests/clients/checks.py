"""What holds, counted. The first thing that does not hold ends the test."""

import sys

passed = 0


def check(sentence: str, holds: bool, shown: object = "") -> None:
    """It must hold, and is told of."""
    global passed
    print(f"{'ok' if holds else 'FAILED'}: {sentence} {shown if not holds else ''}")
    if not holds:
        sys.exit(1)
    passed += 1


def same(sentence: str, found: object, expected: object) -> None:
    """Both must be the same. It is not told of when they are: there are many of these."""
    global passed
    if found != expected:
        if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
            found, expected = zip(*[pair for pair in zip(found, expected) if pair[0] != pair[1]])
        print(f"FAILED: {sentence}: {found}" + (f", and not {expected}" if expected is not None else ""))
        sys.exit(1)
    passed += 1


def report() -> None:
    print(f"{passed} passed, 0 failed")
