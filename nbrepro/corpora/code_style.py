"""Findings of pycodestyle in the code of a notebook, cell by cell and without magics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from typing import Final

FOREIGN: Final = frozenset({"W291", "W292", "W293", "W391"})
"""What depends on how cells are cut and saved, not on who wrote them: blanks and blank lines at the ends."""
DENSITIES: Final = ("no findings", "up to 10 in 100 lines", "10 to 30 in 100 lines", "more than 30 in 100 lines")
"""How many findings there are, in words."""
_FEW, _MANY = 10, 30


def style_checker() -> str | None:
    """What looks at the style, with its version; None where pycodestyle is not installed."""
    return f"pycodestyle {version('pycodestyle')}" if find_spec("pycodestyle") else None


def style_findings(cells: Iterable[str]) -> Counter[str] | None:
    r"""How often pycodestyle finds what each of its codes stands for, under its own defaults; no settings of a project are read.

    Each cell is looked at for itself; those in other languages are left out. https://pycodestyle.pycqa.org

    Returns:
        None where pycodestyle is not installed, which says nothing about the code.

    >>> style_findings(["%matplotlib inline\nx=1", "%%bash\nx=1"]) in (None, Counter({"E225": 1}))
    True
    """
    if style_checker() is None:
        return None
    import pycodestyle

    from nbrepro.environments.imports.cells import read_cell

    guide = pycodestyle.StyleGuide(config_file=False, reporter=pycodestyle.BaseReport)
    for source in cells:
        lines = read_cell(source).python.strip("\n").splitlines()
        # A name alone that could begin a text (`u`, `r`, `b`) makes pycodestyle 2.14 fail; what it found until then counts.
        with suppress(IndexError):
            pycodestyle.Checker("cell", [f"{line}\n" for line in lines], guide.options).check_all()
    counted: dict[str, int] = guide.options.report.counters
    return Counter({code: number for code, number in counted.items() if _is_code(code) and code not in FOREIGN and number})


def _is_code(name: str) -> bool:
    """Whether a counter is that of a finding; others count lines and files."""
    return name[:1] in {"E", "W"} and name[1:].isdecimal()


def density(findings: int, lines: int) -> str:
    """How many findings there are for the size of the code, in words.

    >>> density(0, 50), density(5, 50), density(6, 50), density(50, 100)
    ('no findings', 'up to 10 in 100 lines', '10 to 30 in 100 lines', 'more than 30 in 100 lines')
    """
    share = 100 * findings / max(lines, 1)
    return DENSITIES[(share > 0) + (share > _FEW) + (share > _MANY)]
