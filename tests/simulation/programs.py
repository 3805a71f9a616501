"""Small programs of many kinds, with a call each."""

from __future__ import annotations

from nbrepro.simulation.moments import Moment, moments_of
from nbrepro.traces import Backend, Program, trace_many

SOURCES: dict[str, tuple[str, str]] = {
    "odd_sum": (
        """\
def f(n):
    total = 0
    for i in range(n):
        if i % 2:
            total += i
        else:
            total -= 1
    return total
""",
        "f(7)",
    ),
    "collatz": (
        """\
def f(n):
    steps = [n]
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps.append(n)
    return steps
""",
        "f(6)",
    ),
    "words": (
        """\
def f(text):
    found = {}
    longest = ''
    for word in text.split():
        found[word] = found.get(word, 0) + 1
        if len(word) > len(longest):
            longest = word
    is_long = len(longest) > 3
    return longest, found, is_long
""",
        "f('to be or not to be seen')",
    ),
    "bubble": (
        """\
def f(items):
    items = list(items)
    for i in range(len(items)):
        for j in range(len(items) - 1 - i):
            if items[j] > items[j + 1]:
                items[j], items[j + 1] = items[j + 1], items[j]
    return items
""",
        "f([4, 1, 3, 2])",
    ),
    "recursion": (
        """\
def g(n):
    if n < 2:
        return n
    left = g(n - 1)
    right = g(n - 2)
    return left + right

def f(n):
    result = g(n)
    doubled = result * 2
    return doubled
""",
        "f(4)",
    ),
    "caught": (
        """\
def f(items):
    good = []
    bad = 0
    for item in items:
        try:
            number = int(item)
            good.append(number)
        except ValueError:
            bad += 1
    return good, bad
""",
        "f(['1', 'x', '3', 'y', '5'])",
    ),
    "uncaught": (
        """\
def f(items):
    total = 0
    for item in items:
        total += 10 // item
    return total
""",
        "f([5, 2, 1, 0, 4])",
    ),
}


def real_moments() -> dict[str, tuple[str, tuple[Moment, ...]]]:
    """The program and its real trace, by name."""
    programs = [Program.of_call(code, call) for code, call in SOURCES.values()]
    traces = trace_many(programs, backend=Backend.SETTRACE)
    return {name: (SOURCES[name][0], moments_of(trace)) for name, trace in zip(SOURCES, traces, strict=True)}
