"""Magics and shell commands in cells are left out and named; everything else stays as it is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.traces import plain_cell


@pytest.mark.parametrize(
    ("source", "python", "left_out"),
    [
        ("x = 1", "x = 1", []),
        ("%matplotlib inline\nx = 1", "pass\nx = 1", [(1, "%matplotlib inline")]),
        ("if a:\n    !ls\nx = 1", "if a:\n    pass\nx = 1", [(2, "!ls")]),
        ("%time x = f(1)", "x = f(1)", [(1, "%time x = f(1)")]),
        ("%timeit f(1)", "pass", [(1, "%timeit f(1)")]),
        ("files = !ls\ny = 1", "pass\ny = 1", [(1, "files = !ls")]),
        ("x = %env HOME\ny = 1", "pass\ny = 1", [(1, "x = %env HOME")]),
        ("f?\nx = 1", "pass\nx = 1", [(1, "f?")]),
        ("?f\nx = 1", "pass\nx = 1", [(1, "?f")]),
        ("%%time\nx = 1\n!ls", "\nx = 1\npass", [(1, "%%time"), (3, "!ls")]),
        ("\n%%capture out\nx = 1", "\n\nx = 1", [(2, "%%capture out")]),
        ("%%bash\nls\npwd", "\n\n", [(1, "%%bash")]),
        ("%%timeit\nx = 1", "\n", [(1, "%%timeit")]),
        ("!pip install \\\n  a\nx = 1", "pass\n\nx = 1", [(1, "!pip install \\")]),
        ("x = (7\n% 4)\n!ls", "x = (7\n% 4)\npass", [(3, "!ls")]),
        ("s = '''\n!no\n'''\n!yes", "s = '''\n!no\n'''\npass", [(4, "!yes")]),
        ("x = 7 \\\n  % 4\n!ls", "x = 7 \\\n  % 4\npass", [(3, "!ls")]),
        ("def f(:\n  pass", "def f(:\n  pass", []),
        ("", "", []),
    ],
)
def test_cells_as_plain_python(source: str, python: str, left_out: list[tuple[int, str]]) -> None:
    found = plain_cell(source)
    assert found.python == python
    assert [(each.line, each.text) for each in found.left_out] == left_out


@given(st.text(alphabet="ab=%!?'\"(\n \\#:1"))
def test_python_stays_and_lines_keep_their_numbers(source: str) -> None:
    found = plain_cell(source)
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        assert found.python.count("\n") == source.count("\n")
    else:
        assert found.python == source or source.lstrip().startswith("%%")
