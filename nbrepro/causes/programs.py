"""A program of the system that is not there: what libraries say when they can't start one."""

from __future__ import annotations

import re
from typing import Final

from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances
from nbrepro.causes.failing import Failing

_SAID: Final = (
    re.compile(r"(?:/bin/)?(?:ba)?sh: (?:line )?\d+: (?P<program>[\w.+-]+): (?:command )?not found"),
    re.compile(r"[Ff]ailed to execute (?:PosixPath\()?\[?['\"](?P<program>[\w.+-]+)['\"].*make sure the Graphviz executables", re.DOTALL),
    re.compile(r"(?P<program>Graph[Vv]iz)'s executables not found"),
    re.compile(r"^(?:\[Errno 2\] )?\"(?P<program>dot|neato|fdp|sfdp|twopi|circo)\" not found in path"),
    re.compile(r"Program (?P<program>[\w+-]+) not found in path"),
    re.compile(r"Requested MovieWriter \((?P<program>\w+)\) not available"),
    re.compile(r"because (?P<program>latex|dvipng|pdflatex|xelatex|kpsewhich) (?:could not be found|is not installed)"),
    re.compile(r"^(?P<program>latex|dvipng|pdflatex|xelatex|lualatex) (?:not found|could not be found)"),
    re.compile(r"(?:No |no )(?P<program>[Pp]andoc) was found"),
    re.compile(r"(?P<program>[Pp]andoc) wasn't found"),
    re.compile(r"'(?P<program>\w*driver)' executable (?:needs to be|may have wrong|must be)"),
    re.compile(r"(?P<program>[Jj]ava) gateway process exited"),
    re.compile(r"\b(?P<program>ImageMagick|[Tt]esseract|ffmpeg|FFmpeg) (?:is )?not (?:installed|found)"),
    re.compile(r"No (?P<program>wkhtmltopdf) executable found"),
    re.compile(r"Is (?P<program>poppler) installed and in PATH"),
)
_WRITERS: Final = re.compile(r"animation\.py|writers\[")
_WRITER: Final = re.compile(r"'(?P<program>ffmpeg|avconv|mencoder|imagemagick)'")
"""matplotlib looks for a program by its name in a dictionary of those that it has found."""


def missing_program(failing: Failing, known: Circumstances) -> Cause | None:  # noqa: ARG001 - a rule like the others
    """A program that a library starts, and which is absent."""
    found = next(filter(None, (pattern.search(failing.message) for pattern in _SAID)), None)
    if found is None and failing.kind == "KeyError" and _WRITERS.search(failing.traceback):
        found = _WRITER.fullmatch(failing.message.strip())
    if found is None:
        return None
    return absent_program(failing, found["program"], ("error", failing.quoted))


def absent_program(failing: Failing, program: str, evidence: tuple[str, str]) -> Cause:
    """That a program is absent, with the fact that says so."""
    message = f"the program {program} is absent from the system"
    return Cause("missing-program", message, Certainty.STATED, failing.step.index, program, (evidence,))
