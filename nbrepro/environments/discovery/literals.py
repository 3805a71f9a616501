"""What an expression of a setup.py comes to, as far as that can be told without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_MAXIMUM_DEPTH = 40
_MAXIMUM_NESTING = 8
"""Of an expression of which only some parts can be told."""
_MAXIMUM_STEPS = 20_000
_OF_SAME_LINES = frozenset({"read", "readlines", "splitlines", "split", "strip", "rstrip", "decode", "copy"})
_AROUND_LINES = frozenset({"list", "tuple", "set", "sorted", "filter", "map", "str"})


class NotLiteralError(Exception):
    """Only running the code would tell the value."""


@dataclass(frozen=True, slots=True)
class FileLines:
    """The lines of a file that the code opens."""

    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of a module and of its functions are bound to, whatever the flow of control."""

    values: Mapping[str, list[ast.expr]]
    """All expressions a name is bound to; more than one for `x += […]` and `x.append(…)`."""
    functions: Mapping[str, ast.FunctionDef]
    opened: Mapping[str, ast.expr] = field(default_factory=dict)
    """For `with open(…) as f`: the file's expression under the name."""
    steps: Iterator[int] = field(default_factory=lambda: iter(range(_MAXIMUM_STEPS)))
    """What is left of the steps that may be taken in all: `a = b + b`, `b = c + c` … doubles at each."""


Value = str | FileLines
"""A requirement, or a file full of them."""


def names_of(tree: ast.Module) -> Names:
    """The names of a module."""
    values: dict[str, list[ast.expr]] = {}
    functions: dict[str, ast.FunctionDef] = {}
    opened: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            functions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            _assigned(node, values, opened)
        elif isinstance(node, ast.With):
            opened.update({item.optional_vars.id: item.context_expr for item in node.items if isinstance(item.optional_vars, ast.Name)})
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            values.setdefault(node.target.id, []).append(node.iter)
        elif isinstance(node, ast.Call):
            _appended(node, values)
    in_order = {name: sorted(bound, key=lambda node: (node.lineno, node.col_offset)) for name, bound in values.items()}
    return Names(in_order, functions, opened)


def _assigned(node: ast.Assign | ast.AnnAssign | ast.AugAssign, values: dict[str, list[ast.expr]], opened: dict[str, ast.expr]) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Name) and node.value is not None:
            values.setdefault(target.id, []).append(node.value)
            if isinstance(node.value, ast.Call) and _called(node.value) == "open":
                opened[target.id] = node.value


def _appended(node: ast.Call, values: dict[str, list[ast.expr]]) -> None:
    """`requires.append("x")` and `requires.extend([...])`."""
    function = node.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and node.args and function.attr in {"append", "extend"}:
        values.setdefault(function.value.id, []).append(node.args[0])


def values_of(node: ast.expr, names: Names, depth: int = 0) -> list[Value]:
    """The texts that an expression comes to, in its order, and the files whose lines it takes.

    Raises:
        NotLiteralError: only running the code would tell.
    """
    if depth > _MAXIMUM_DEPTH or next(names.steps, None) is None:
        raise NotLiteralError
    if isinstance(node, ast.Constant):
        return [line for line in str(node.value or "").splitlines() if line.strip()]
    if isinstance(node, ast.Call):
        return _call(node, names, depth)
    return [value for part in _parts(node, names) for value in values_of(part, names, depth + 1)]


def known_values_of(node: ast.expr, names: Names, depth: int = 0) -> tuple[list[Value], list[ast.expr]]:
    """What of an expression can be told without running it, and the parts of it that only running would tell.

    >>> tree = ast.parse("setup(['numpy'] + compute())")
    >>> values, computed = known_values_of(tree.body[0].value.args[0], names_of(tree))
    >>> values, [ast.unparse(part) for part in computed]
    (['numpy'], ['compute()'])
    """
    try:
        return values_of(node, names), []
    except (NotLiteralError, RecursionError):
        if depth > _MAXIMUM_NESTING or next(names.steps, None) is None:
            return [], [node]
    try:
        parts = [] if isinstance(node, ast.ListComp | ast.GeneratorExp) else _parts(node, names)
    except NotLiteralError:
        parts = []
    found = [known_values_of(part, names, depth + 1) for part in parts]
    computed = [part for _, unknown in found for part in unknown]
    return [value for known, _ in found for value in known], computed or [node]


def _parts(node: ast.expr, names: Names) -> list[ast.expr]:
    """The expressions whose values together are those of a list, a sum, a name or a comprehension."""
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return [_unpacked(element) for element in elements]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [left, right]
        case ast.Name(id=name) if name in names.opened:
            return [names.opened[name]]
        case ast.Name(id=name) if name in names.values:
            return names.values[name]
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
        case ast.ListComp(generators=[generator]) | ast.GeneratorExp(generators=[generator]):
            return [generator.iter]
    raise NotLiteralError


def _unpacked(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Starred) else node


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _call(node: ast.Call, names: Names, depth: int) -> list[Value]:
    """Calls that hand lines on, open a file, or are functions of the module that do."""
    name = _called(node)
    if isinstance(node.func, ast.Attribute) and name in {"read_text", "open"} and not _is_text(node.args[:1]):
        return [FileLines(_path(node.func.value, names, depth + 1))]
    if isinstance(node.func, ast.Attribute) and name in _OF_SAME_LINES:
        return values_of(node.func.value, names, depth + 1)
    if name in _AROUND_LINES and node.args:
        return values_of(node.args[-1], names, depth + 1)
    if name in {"open", "Path", "parse_requirements"} and node.args:
        return [FileLines(_path(node.args[0], names, depth + 1))]
    if name in names.functions:
        return _function(node, names.functions[name], names, depth)
    raise NotLiteralError


def _is_text(arguments: list[ast.expr]) -> bool:
    """Whether a call names its file, as `io.open("a.txt")` does and `path.open("r")` doesn't."""
    return bool(arguments) and not (isinstance(arguments[0], ast.Constant) and arguments[0].value in {"r", "rb", "rt"})


def _path(node: ast.expr, names: Names, depth: int) -> str:
    """The last text in the expression of a path: `os.path.join(here, "requirements.txt")`."""
    if depth > _MAXIMUM_DEPTH:
        raise NotLiteralError
    if isinstance(node, ast.Name) and len(names.values.get(node.id, ())) == 1:
        return _path(names.values[node.id][0], names, depth + 1)
    joined = node.args if isinstance(node, ast.Call) and _called(node) in {"join", "joinpath", "with_name", "Path", "abspath"} else [node]
    joined = [_bound(part, names) for part in joined]
    parts = [part for part in joined if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
        return _path(node.right, names, depth + 1)
    if not parts or parts[-1] is not joined[-1]:
        raise NotLiteralError
    return "/".join(str(part.value) for part in parts).lstrip("/")


def _bound(node: ast.expr, names: Names) -> ast.expr:
    """What a name stands for, where it is bound once; anything else as it is."""
    bound = names.values.get(node.id, []) if isinstance(node, ast.Name) else []
    return bound[0] if len(bound) == 1 else node


def _function(node: ast.Call, function: ast.FunctionDef, names: Names, depth: int) -> list[Value]:
    """A function of the module: what it returns, with the arguments in the place of its parameters."""
    parameters = [argument.arg for argument in function.args.args]
    given: dict[str, list[ast.expr]] = {name: [value] for name, value in zip(parameters, node.args, strict=False)}
    given |= {keyword.arg: [keyword.value] for keyword in node.keywords if keyword.arg in parameters and keyword.arg}
    returned = [one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value is not None]
    inner = Names({**names.values, **given}, names.functions, names.opened, names.steps)
    if not returned:
        raise NotLiteralError
    return [value for expression in returned for value in values_of(expression, inner, depth + 1)]
