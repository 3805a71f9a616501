"""Imports of source that no Python 3 parses: Python 2, Cython, half-broken cells. Read line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LONG_STRING = re.compile(r"(\"{3}|'{3})[\s\S]*?\1")
_PROMPT = re.compile(r"^(\s*)(?:>>> ?|\.\.\. ?|In ?\[\d*\]: ?)")
_CONTINUED = re.compile(r"\\\n")
_CONTINUED_LINES = re.compile(r"^[^\n]*(?:(?<=\\)\n[^\n]*)+", re.MULTILINE)
_BRACKETED = re.compile(r"^(?P<start>[^\n#]*\bimport\s*\()(?P<names>[^()]*)\)", re.MULTILINE)
_DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_IMPORT = re.compile(rf"import\s+(?P<names>{_DOTTED}(?:\s+as\s+\w+)?(?:\s*,\s*{_DOTTED}(?:\s+as\s+\w+)?)*)\s*$")
_FROM = re.compile(rf"from\s+(?P<dots>\.*)\s*(?P<module>{_DOTTED})?\s*\bimport\s+(?P<names>\*|\w[\w\s,]*)$")
_TRY = re.compile(r"try\s*:\s*")
_EXCEPT = re.compile(r"except\b[^:]*:\s*")
_DEFINITION = re.compile(r"def\s+\w+\s*\(")
_PROGRAM = re.compile(r"if\b[^:]*\b__name__\s*==\s*['\"]__main__['\"][^:]*:\s*|if\s+['\"]__main__['\"]\s*==\s*__name__\s*:\s*")


_FUNCTION = "function"
_OF_PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class TolerantImport:
    """An import as a line of text says it; the fields are those of `Import`."""

    name: str
    line: int
    level: int = 0
    is_optional: bool = False
    instead_of: tuple[str, ...] = ()
    is_deferred: bool = False
    is_of_program: bool = False


def tolerant_imports(source: str) -> Iterator[TolerantImport]:
    """The imports of each line, at any indentation; those within long strings and comments are none.

    >>> [found.name for found in tolerant_imports("print 1; import urllib2, numpy as np")]
    ['urllib2', 'numpy']
    """
    blocks: list[tuple[int, str]] = []
    tried: dict[int, list[str]] = {}
    for number, line in enumerate(_logical(source).split("\n"), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        blocks = [block for block in blocks if block[0] < indent]
        text = _opened(text, indent, blocks, tried)
        yield from _of_line(text, number, blocks, tried)


def _opened(text: str, indent: int, blocks: list[tuple[int, str]], tried: dict[int, list[str]]) -> str:
    """Notes a `try`, `except`, function or condition on the program that begins here; gives what stands behind its colon."""
    if _DEFINITION.match(text):
        blocks.append((indent, _FUNCTION))
    if program := _PROGRAM.match(text):
        blocks.append((indent, _OF_PROGRAM))
        return text[program.end() :]
    for keyword, pattern in (("try", _TRY), ("except", _EXCEPT)):
        header = pattern.match(text)
        if header:
            blocks.append((indent, keyword))
            if keyword == "try":
                tried[indent] = []
            return text[header.end() :]
    return text


def _of_line(text: str, number: int, blocks: list[tuple[int, str]], tried: dict[int, list[str]]) -> Iterator[TolerantImport]:
    for statement in text.split("#", maxsplit=1)[0].split(";"):
        for name, level in _names(statement.strip()):
            kinds = {kind for _, kind in blocks}
            forgiving = [(indent, kind) for indent, kind in blocks if kind in {"try", "except"}]
            first_choice: tuple[str, ...] = ()
            if forgiving and forgiving[-1][1] == "except":
                first_choice = tuple(tried.get(forgiving[-1][0], ()))
            elif forgiving and not level:
                tried.setdefault(forgiving[-1][0], []).append(name)
            yield TolerantImport(name, number, level, bool(forgiving), first_choice, _FUNCTION in kinds, _OF_PROGRAM in kinds)


def _names(statement: str) -> Iterator[tuple[str, int]]:
    # A header on the same line, such as `if True: import x`, opens no block that matters here.
    statement = re.sub(r"^(if|else|elif|with|for|while)\b[^:]*:\s*", "", statement)
    plain = _IMPORT.match(statement)
    if plain:
        yield from ((part.split()[0], 0) for part in plain["names"].split(","))
        return
    found = _FROM.match(statement)
    if found and (found["module"] or found["dots"]):
        for part in filter(None, (part.strip() for part in found["names"].split(","))):
            name = part.split()[0]
            yield ".".join(piece for piece in (found["module"], name) if piece and piece != "*"), len(found["dots"])


def _logical(source: str) -> str:
    """The source with long strings blanked and continued imports joined; every line keeps its number."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(_PROMPT.sub(r"\1", line) for line in text.split("\n"))
    text = _LONG_STRING.sub(lambda match: "''" + "\n" * match[0].count("\n"), text)
    text = _CONTINUED_LINES.sub(lambda match: _CONTINUED.sub(" ", match[0]) + "\n" * match[0].count("\\\n"), text)
    return _BRACKETED.sub(_joined, text)


def _joined(match: re.Match[str]) -> str:
    names = " ".join(line.split("#", maxsplit=1)[0].strip() for line in match["names"].split("\n"))
    return f"{match['start'][:-1]} {names.strip().rstrip(',')}" + "\n" * match["names"].count("\n")
