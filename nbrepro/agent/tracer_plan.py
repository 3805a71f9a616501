"""What a program consists of: its statements, its scopes, and the names whose values make the state of a frame.

Every backend works with the same plan, so that they speak of the same statements and names.
"""

import ast
import warnings
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from tracer_names import Names, names_of

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
WITHS = (ast.With, ast.AsyncWith)
TRIES = tuple(getattr(ast, name) for name in ("Try", "TryStar") if hasattr(ast, name))
MATCH: Any = getattr(ast, "Match", ())
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While)
BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")


class Scope:
    """A piece of code that gets frames of its own: the module, a function, a lambda or a class body."""

    def __init__(self, node: ast.AST, name: str, names: Names) -> None:
        self.node = node
        self.name = name
        self.kind = {ast.Module: "module", ast.ClassDef: "class", ast.Lambda: "lambda"}.get(type(node), "function")
        self.parameters = names.parameters
        self.names = names.own
        """Names whose values are the state of a frame, in the order in which events list them."""
        self.outer = names.outer
        """Those of them that belong to an outer function."""
        self.globals = names.declared_global
        """Those of them that live in the module."""
        self.space: Optional[Mapping[str, Any]] = None
        """The names of the module, where several are recorded."""
        self.file = 0
        """Which of several files it stands in."""


class Statement:
    """A step: a statement, an `except` clause, or the expression of a lambda."""

    def __init__(self, number: int, node: ast.AST, scope: Scope, parent: Optional["Statement"], block: str) -> None:
        self.number = number
        self.node = node
        self.scope = scope
        self.parent = parent
        self.block = block
        """The part of the parent in which it stands, such as `body` or `finalbody`."""
        self.line: int = getattr(node, "lineno", 1)
        self.end_line = max([self.line, *_lines_of_header(node)])
        self.is_branch = isinstance(node, BRANCHES)
        self.is_match = bool(MATCH) and isinstance(node, MATCH)
        self.is_with = isinstance(node, WITHS)
        self.is_try = isinstance(node, TRIES)
        self.is_handler = isinstance(node, ast.ExceptHandler)
        self.first: Tuple[int, ...] = ()
        """Numbers of the first statements of its body, or of the body of each case."""

    def is_inside(self, other: "Statement") -> bool:
        """Whether it stands somewhere below another statement."""
        return any(parent is other for parent in self.parents())

    def parents(self) -> Iterator["Statement"]:
        """The statements around it in its scope, from the nearest on."""
        parent = self.parent
        while parent is not None:
            yield parent
            parent = parent.parent

    def comes_back_after(self, previous: "Statement") -> bool:
        """Whether control only passes here again: at the end of a `with`, or to finish a jump that a `finally` has held up."""
        if self is previous:
            return True
        if self.is_with or self.is_try:
            return previous.is_inside(self)
        inner = previous
        for parent in previous.parents():
            if parent.is_try and inner.block == "finalbody" and self.is_inside(parent) and not _is_in_final(self, parent):
                return True
            inner = parent
        return False


def _is_in_final(statement: Statement, around: Statement) -> bool:
    inner = statement
    for parent in statement.parents():
        if parent is around:
            return inner.block == "finalbody"
        inner = parent
    return False


def _lines_of_header(node: ast.AST) -> Iterator[int]:
    """The last lines of everything in a statement that is no statement below it."""
    for field, value in ast.iter_fields(node):
        if field in BLOCKS and isinstance(value, list):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield getattr(child, "end_lineno", None) or getattr(child, "lineno", 0)
                yield from _lines_of_header(child)


class Plan:
    """The statements and scopes of a program, or of one of its files."""

    def __init__(self, source: str, filename: str, first: int = 0) -> None:
        self.source = source
        self.filename = filename
        self.first = first
        """The number of its module; those of its statements come after it. Files that are recorded together share no number."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the program's own compilation is not ours to comment on
            self.tree = ast.parse(source, filename)
        self.statements: Dict[int, Statement] = {}
        self.scopes: Dict[int, Scope] = {}
        """By the number of the statement that makes the scope; the first number: the module."""
        self._names = names_of(self.tree)
        self._add_scope(self.tree, "<module>", first)

    def _add_scope(self, node: Any, name: str, number: int) -> None:
        scope = self.scopes[number] = Scope(node, name, self._names[node])
        inner = "" if number == self.first else name + ("." if scope.kind == "class" else ".<locals>.")
        if isinstance(node, ast.Lambda):
            self._add_inner(node.body, inner)
        else:
            self._add_block(without_docstring(node.body, node), scope, inner, None, "body")

    def _add_block(self, nodes: List[Any], scope: Scope, inner: str, parent: Optional[Statement], block: str) -> int:
        numbers = [self._add(node, scope, inner, parent, block) for node in nodes]
        return numbers[0] if numbers else 0

    def _add(self, node: Any, scope: Scope, inner: str, parent: Optional[Statement], block: str) -> int:
        parts = [(field, value) for field, value in ast.iter_fields(node) if not (isinstance(node, SCOPES) and field == "body")]
        blocks = [(field, value) for field, value in parts if field in BLOCKS and isinstance(value, list)]
        for part in parts:
            if part not in blocks:  # lambdas get lower numbers than their statement: until Python 3.7, lines only grow within one
                self._add_inner(part[1], inner)
        number = self.first + len(self.statements) + 1
        node.trace_number = number
        statement = self.statements[number] = Statement(number, node, scope, parent, block)
        first = []
        for field, value in blocks:
            if field == "cases":
                first = [self._add_case(case, scope, inner, statement) for case in value]
            else:
                begin = self._add_block(value, scope, inner, statement, field)
                first += [begin] * (field == "body")
        statement.first = tuple(first)
        if isinstance(node, SCOPES):
            self._add_scope(node, inner + getattr(node, "name", ""), number)
        return number

    def _add_case(self, case: Any, scope: Scope, inner: str, statement: Statement) -> int:
        self._add_inner([case.pattern, case.guard], inner)
        return self._add_block(case.body, scope, inner, statement, "cases")

    def _add_inner(self, value: Any, inner: str) -> None:
        """Lambdas in expressions."""
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.Lambda):
                self._add_inner(node.args, inner)
                self._add_lambda(node, inner)
            elif isinstance(node, ast.AST):
                for child in ast.iter_child_nodes(node):
                    self._add_inner(child, inner)

    def _add_lambda(self, node: Any, inner: str) -> None:
        number = self.first + len(self.statements) + 1
        node.trace_number = number
        self.statements[number] = Statement(number, node, Scope(node, inner + "<lambda>", self._names[node]), None, "body")
        self._add_scope(node, inner + "<lambda>", number)
        self.statements[number].scope = self.scopes[number]


def without_docstring(body: List[Any], owner: ast.AST) -> List[Any]:
    """The statements of a body that do something."""
    return body[1:] if has_docstring(body, owner) else body


def has_docstring(body: List[Any], owner: ast.AST) -> bool:
    """Whether the first statement of a body is its documentation."""
    if isinstance(owner, ast.Lambda) or not body or not isinstance(body[0], ast.Expr):
        return False
    value: Any = body[0].value
    return isinstance(value, getattr(ast, "Str", ())) if not hasattr(ast, "Constant") else _is_text(value)


def _is_text(value: Any) -> bool:
    text = getattr(value, "value", None) if type(value).__name__ == "Constant" else getattr(value, "s", None)
    return isinstance(text, str) and type(value).__name__ in {"Constant", "Str"}
