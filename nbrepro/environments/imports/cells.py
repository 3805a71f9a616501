"""What IPython makes of a cell: magics and shell lines taken out, and what they mean for the modules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbrepro.environments.imports.statements import Import, imports_of, tree_of

_KEPT = frozenset({"time", "timeit", "prun", "capture", "memit", "python", "python2", "python3", "pypy", "px", "heat", "snakeviz"})
"""Cell magics whose body is Python."""
_OTHER_LANGUAGES = frozenset(
    {
        "bash", "sh", "script", "cmd", "powershell", "html", "HTML", "svg", "SVG", "latex", "markdown", "javascript", "js", "perl",
        "ruby", "R", "julia", "octave", "matlab", "sql", "bigquery", "bigquery_sql", "cypher", "sparql", "stata", "sas", "cpp",
        "fortran",
    }
)  # fmt: skip
"""Cell magics whose body may look like Python and is none."""
_CELL_MODULES = {"cython": "Cython", "R": "rpy2", "px": "ipyparallel"}
_EXTENSIONS = {
    "cython": "Cython",
    "cythonmagic": "Cython",
    "rmagic": "rpy2",
    "octavemagic": "oct2py",
    "parallelmagic": "ipyparallel",
    "sympyprinting": "sympy",
    "sympy.interactive.ipythonprinting": "sympy",
}
_OWN_EXTENSIONS = frozenset({"autoreload", "storemagic"})
_STATEMENT_MAGICS = frozenset({"time", "timeit", "prun", "memit"})
_CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)[^\S\n]*(?P<arguments>[^\n]*)\n?")
_LINE = re.compile(
    r"^(?P<indent>[^\S\n]*)(?P<assigned>[\w.][\w.,\t ]*=[^\S\n]*)?"
    r"(?:%(?P<magic>\w+)[^\S\n]*(?P<arguments>[^\n]*)|(?P<shell>!)[^\n]*|\?{1,2}[^\n]*)$"
)
_HELP = re.compile(r"^(?P<indent>[^\S\n]*)[\w.*%]+\?{1,2}[^\S\n]*$")
_WIDGET_BACKENDS = frozenset({"widget", "ipympl"})


@dataclass(slots=True)
class CellReading:
    """What one code cell says of modules."""

    imports: list[Import] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    """Files that the cell writes with `%%writefile`, by the path as it stands there, and their text."""
    run: list[str] = field(default_factory=list)
    """Files that `%run` runs."""
    python: str = ""
    """The cell as plain Python, with one line for each of its lines."""


def read_cell(source: str) -> CellReading:
    r"""The imports of a code cell, with those that its magics imply.

    >>> [found.name for found in read_cell("%matplotlib inline\n!ls\nimport scipy").imports]
    ['matplotlib', 'scipy']
    """
    reading = CellReading()
    _read(source.replace("\r\n", "\n"), 1, reading)
    reading.imports.sort(key=lambda found: found.line)
    return reading


def _read(source: str, first_line: int, reading: CellReading) -> None:
    magic = _CELL_MAGIC.match(source)
    if magic is None:
        _read_python(source, first_line, reading)
        return
    name, arguments, body = magic["name"], magic["arguments"], source[magic.end() :]
    line = first_line + source[: magic.end()].count("\n")
    implied = _CELL_MODULES.get(name)
    if implied:
        reading.imports.append(Import(implied, first_line))
    if name in {"writefile", "file"}:
        path = _file_argument(arguments)
        reading.written[path] = reading.written.get(path, "") + body if " -a" in f" {arguments}" else body
    elif name in {"time", "timeit", "prun"} and arguments and not arguments.startswith("-"):
        _read_python(f"{arguments}\n{body}", first_line, reading)
    elif name in _KEPT:
        _read(body, line, reading)
    elif name not in _OTHER_LANGUAGES and (name == "cython" or tree_of(body) is not None):
        # A cell magic that is not known here may take any language: only what Python can parse is taken for Python.
        _read_python(body, line, reading)


def _file_argument(arguments: str) -> str:
    words = [word for word in arguments.split() if not word.startswith("-")]
    return words[-1].strip("\"'") if words else ""


def _read_python(source: str, first_line: int, reading: CellReading) -> None:
    text = source if tree_of(source) is not None else "\n".join(_plain_lines(source, first_line, reading))
    reading.python = "\n" * (first_line - 1) + text
    reading.imports += imports_of(reading.python)


def _plain_lines(source: str, first_line: int, reading: CellReading) -> Iterator[str]:
    """Each line as Python has it: a magic or shell line becomes a statement without effect, its continuations blank lines."""
    continued = False
    for number, line in enumerate(source.split("\n"), start=first_line):
        special = _LINE.match(line) or _HELP.match(line)
        if continued:
            continued = line.endswith("\\")
            yield ""
        elif special is None:
            yield line
        else:
            continued = line.endswith("\\")
            yield _plain(special, number, reading)


def _plain(special: re.Match[str], number: int, reading: CellReading) -> str:
    groups = special.groupdict()
    indent, assigned, magic = groups["indent"], groups.get("assigned"), groups.get("magic")
    if magic:
        arguments = groups["arguments"].strip()
        reading.imports += [Import(name, number) for name in _implied(magic, arguments)]
        if magic == "run":
            reading.run += [word.strip("\"'") for word in arguments.split() if not word.startswith("-")][:1]
        if magic == "cd" and arguments:
            return f"{indent}__import__('os').chdir({arguments.strip(chr(34) + chr(39))!r})"
        if magic in _STATEMENT_MAGICS and tree_of(arguments) is not None and arguments:
            return f"{indent}{arguments}"
    return f"{indent}{assigned}None" if assigned else f"{indent}pass"


def _implied(magic: str, arguments: str) -> Iterator[str]:
    """The modules that a line magic imports."""
    words = arguments.split()
    if magic in {"load_ext", "reload_ext"} and words and words[0] not in _OWN_EXTENSIONS:
        yield _EXTENSIONS.get(words[0], words[0])
    elif magic == "matplotlib":
        yield "matplotlib"
        yield from ("ipympl" for word in words if word in _WIDGET_BACKENDS)
    elif magic == "pylab":
        yield from ("numpy", "matplotlib")
    elif magic == "R":
        yield "rpy2"
