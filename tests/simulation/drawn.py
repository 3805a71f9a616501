"""Programs drawn at random: loops, branches, calls, exceptions and changes in place, which always come to an end."""

from __future__ import annotations

from textwrap import indent

from hypothesis import strategies as st

NAMES = ("a", "b", "items", "text")
VALUES = ("n", "a + 1", "len(items)", "g(a)", "[a, n]", "'x;y, [z'", "(n, a)", "-a", "a % 3", "{'k': a}", "float('nan')", "None")
HELPER = "def g(x):\n    if x > 2:\n        raise ValueError('too much')\n    y = x * 2\n    return y\n\n"
BEGIN = "a = n\nb = 0\nitems = []\ntext = ''\n"
SIMPLE = (
    *(f"a = {value}" for value in ("n", "a + 1", "len(items)", "g(a)", "g(1) + g(0)")),
    *(f"b = {value}" for value in VALUES),
    "items.append(b)",
    "items.insert(0, a)",
    "items = items[1:]",
    "text += str(a)",
    "del b",
    "a -= 1",
    "b = [q for q in items if q]",
    "b = sorted([a, n, 1], key=lambda z: -z)",
    "assert a < 9",
    "pass",
)
CONDITIONS = ("a > 1", "n % 2", "items", "b", "not text")


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0, *, in_loop: bool = False) -> str:
    return "\n".join(draw(statements(depth, in_loop=in_loop)) for _ in range(draw(st.integers(1, 3))))


@st.composite
def statements(draw: st.DrawFn, depth: int, *, in_loop: bool) -> str:
    kinds = ["simple", "simple", "simple"] + (["if", "for", "try"] if depth < 2 else []) + (["leave"] if in_loop else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "simple":
        return draw(st.sampled_from(SIMPLE))
    if kind == "leave":
        return f"if {draw(st.sampled_from(CONDITIONS))}:\n    {draw(st.sampled_from(('break', 'continue', 'return a, items')))}"
    body = indent(draw(blocks(depth + 1, in_loop=in_loop or kind == "for")), "    ")
    if kind == "for":
        variable = draw(st.sampled_from("ij"))
        return f"for {variable} in range({draw(st.integers(0, 3))}):\n{body}"
    other = indent(draw(blocks(depth + 1, in_loop=in_loop)), "    ")
    if kind == "if":
        return f"if {draw(st.sampled_from(CONDITIONS))}:\n{body}\nelse:\n{other}"
    return f"try:\n{body}\nexcept {draw(st.sampled_from(('ValueError', 'NameError', 'Exception as error')))}:\n{other}"


def programs() -> st.SearchStrategy[str]:
    """Programs with a function `f` of one number."""
    return blocks().map(lambda body: f"{HELPER}def f(n):\n{indent(BEGIN + body, '    ')}\n    return items, text\n")
