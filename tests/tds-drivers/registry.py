"""The cases, in the order in which they run."""

CASES = []


class Skipped(Exception):
    """The client cannot do it; the reason is printed."""


def case(name):
    """Registers a case: a function of a driver and a fresh connection of it."""

    def register(function):
        CASES.append((name, function))
        return function

    return register
