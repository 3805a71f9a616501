"""Which kinds of syntax the code of a notebook uses, by its syntax tree."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterable

from nbrepro.environments.imports.cells import read_cell

_LINE_MAGIC = re.compile(r"^[ \t]*(?:[\w.]+[ \t]*=[ \t]*)?%(\w+)", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_SHELL = re.compile(r"^[ \t]*(?:[\w.]+[ \t]*=[ \t]*)?!", re.MULTILINE)
_HELP = re.compile(r"^[ \t]*(?:\?{1,2}[\w.%]+|[\w.%]+\?{1,2})[ \t]*$", re.MULTILINE)
_NODES: dict[type[ast.AST], str] = {
    ast.FunctionDef: "function",
    ast.AsyncFunctionDef: "async-function",
    ast.ClassDef: "class",
    ast.Lambda: "lambda",
    ast.For: "for",
    ast.AsyncFor: "for",
    ast.While: "while",
    ast.If: "if",
    ast.Try: "try",
    ast.With: "with",
    ast.ListComp: "comprehension",
    ast.SetComp: "comprehension",
    ast.DictComp: "comprehension",
    ast.GeneratorExp: "generator",
    ast.Yield: "yield",
    ast.Await: "await",
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.Global: "global",
    ast.Assert: "assert",
    ast.Raise: "raise",
    ast.JoinedStr: "f-string",
    ast.NamedExpr: "assignment-expression",
    ast.Match: "match",
    ast.AnnAssign: "annotation",
    ast.Assign: "assignment",
    ast.Call: "call",
    ast.Subscript: "subscript",
}


def code_features(cells: Iterable[str]) -> Counter[str]:
    """How often each kind of syntax occurs in code cells.

    Magics are told as `magic:NAME`, shell lines as `shell`. A cell that Python can't parse even without its magics counts
    as `unparsable`: Python 2, another language, or a mistake.

    >>> sorted(code_features(["%time x = [n for n in range(3)]", "!ls", "print 'old'"]).items())
    [('assignment', 1), ('call', 1), ('comprehension', 1), ('magic:time', 1), ('shell', 1), ('unparsable', 1)]
    """
    found: Counter[str] = Counter()
    for source in cells:
        cell_magic = _CELL_MAGIC.match(source)
        found.update([f"magic:{cell_magic[1]}"] if cell_magic else [])
        found.update(f"magic:{name}" for name in _LINE_MAGIC.findall(source))
        found["shell"] += len(_SHELL.findall(source))
        found["help"] += len(_HELP.findall(source))
        found.update(_syntax(read_cell(source).python))
    return +found


def _syntax(python: str) -> Counter[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes and the like are the author's
            tree = ast.parse(python)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Counter({"unparsable": 1})
    return Counter(_NODES[type(node)] for node in ast.walk(tree) if type(node) in _NODES)
