"""Code that can't be read: written for another Python, or broken."""

from __future__ import annotations

import re

from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances
from nbrepro.causes.failing import Failing
from nbrepro.environments.imports.cells import read_cell
from nbrepro.environments.imports.statements import tree_of

_SYNTAX = frozenset({"SyntaxError", "IndentationError", "TabError"})
_PYTHON_2 = re.compile(
    r"Missing parentheses in call to '(?:print|exec)'|multiple exception types must be parenthesized|invalid token"
    r"|leading zeros in decimal integer literals"
)
_STATEMENT = re.compile(
    r"^[ \t]*(?:print[ \t]+[^\s(=]|exec[ \t]+['\"]|raise[ \t]+\w+[ \t]*,|except[ \t]+[\w.]+[ \t]*,[ \t]*\w+[ \t]*:)", re.MULTILINE
)


def unreadable_code(failing: Failing, known: Circumstances) -> Cause | None:  # noqa: ARG001 - the signature of a rule
    """Code that the Python of the run refuses to read."""
    if failing.kind not in _SYNTAX:
        return None
    place, source = failing.step.index, failing.step.source
    evidence = (("error", failing.quoted),)
    if _PYTHON_2.search(failing.message) or (_STATEMENT.search(source) and failing.library is None):
        certainty = Certainty.STATED if _PYTHON_2.search(failing.message) else Certainty.LIKELY
        return Cause("python-2-code", "the code is written for Python 2", certainty, place, "syntax", evidence)
    if failing.library is not None or (source.strip() and tree_of(read_cell(source).python) is not None):
        where = f"the package {failing.library}" if failing.library else "the cell"
        message = f"{where} uses syntax that the Python of the run doesn't know"
        return Cause("other-python", message, Certainty.LIKELY, place, failing.library or "", evidence)
    return Cause("syntax-error", "the cell is no Python that can be read", Certainty.STATED, place, "", evidence)
