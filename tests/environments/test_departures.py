"""Every departure that the code can record is explained in the documentation, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbrepro.environments

ROOM = Path(nbrepro.environments.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "environments.md"
MAKERS = {"Deviation", "with_deviation", "_repin"}
SLUG = re.compile(r"[a-z]+(-[a-z]+)*")


def recorded(tree: ast.AST) -> Iterator[str]:
    """Text constants of the form of a slug among the arguments of whatever records a departure."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and (getattr(call.func, "id", None) or getattr(call.func, "attr", "")) in MAKERS:
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and SLUG.fullmatch(argument.value):
                    yield argument.value


def test_every_departure_is_explained() -> None:
    names = {name for path in ROOM.rglob("*.py") for name in recorded(ast.parse(path.read_text(encoding="utf-8")))}
    section = PAGE.read_text(encoding="utf-8").partition("## Departures")[2]
    explained = {
        name for line in section.splitlines() for name in re.findall(r"`([a-z]+(?:-[a-z]+)*)`", line.split("|")[1] if "|" in line else "")
    }
    assert len(names) > 20, "the search finds them"
    assert names <= explained
    source = "\n".join(path.read_text(encoding="utf-8") for path in ROOM.rglob("*.py"))
    assert {name for name in explained if f'"{name}"' not in source} == set()
