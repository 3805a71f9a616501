"""What a statement can do besides binding its names: call code of the program, or change an object in place.

Read from the text alone, for programs without classes of their own: there operators and subscripts run no code of the program.
"""

import ast
from typing import Any, List, Optional, Sequence, Set

from tracer_plan import Plan, Scope, Statement

PURE_BUILTINS = {"range", "len", "ord", "chr", "isinstance", "bool"}
"""Functions that call no code of a program without classes, whatever builtin values they get."""
SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Pass, ast.Break, ast.Continue, ast.Return, ast.If, ast.For, ast.While)
LOOKS_AT_FRAMES = {"locals", "vars", "dir", "eval", "exec", "globals", "sys", "inspect", "traceback", "gc", "weakref"}
OTHER_THREADS = {"threading", "concurrent", "asyncio", "multiprocessing", "signal", "_thread"}
STANDARD = {"math", "string", "re", "collections", "itertools", "functools", "heapq", "bisect", "random", "typing", "copy", "json"}
NUMERIC = (ast.Mod, ast.FloorDiv, ast.Div, ast.Pow, ast.LShift, ast.RShift)
"""Operators that no container has."""
ATOMIC_BUILTINS = PURE_BUILTINS - {"range"}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
DELEGATION = (ast.Await, ast.YieldFrom, ast.AsyncFunctionDef)
NAMED: Any = getattr(ast, "NamedExpr", ())


class Effects:
    """What the statements of one program can do."""

    def __init__(self, plan: Plan) -> None:
        nodes = list(ast.walk(plan.tree))
        self.names = {node.id for node in nodes if isinstance(node, ast.Name)}
        bound = {name for scope in plan.scopes.values() for name in scope.names}
        self.pure = PURE_BUILTINS - bound
        imported = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module).split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
        unruly = bool(imported & (OTHER_THREADS | LOOKS_AT_FRAMES) or self.names & LOOKS_AT_FRAMES)
        self.delegates = any(isinstance(node, DELEGATION) for node in nodes)
        self.is_simple = not (unruly or self.delegates or any(isinstance(node, ast.ClassDef) for node in nodes))
        """Whether segments are possible at all in this program."""
        self.is_standard = imported <= STANDARD
        """Whether operators meet nothing but builtin values."""
        self.has_missing = "defaultdict" in self.names or "__missing__" in self.names
        self.has_generators = any(isinstance(node, ast.Yield) for node in nodes)
        self.plan = plan

    def is_fast(self, scope: Scope, statements: List[Statement], *, has_positions: bool) -> bool:
        """Whether a function can be recorded by segments."""
        node: Any = scope.node
        if not self.is_simple or not isinstance(node, ast.FunctionDef) or scope.outer or scope.globals or not statements:
            return False
        if not all(isinstance(statement.node, SIMPLE) and _targets_are_plain(statement.node) for statement in statements):
            return False
        inner = [part for child in node.body for part in ast.walk(child)]
        if self.has_generators and any(isinstance(part, ast.For) and not self.counts(part) for part in inner):
            return False  # a loop that is left closes its generator, which then runs code of its own
        if any(isinstance(part, (ast.Lambda, ast.Yield, ast.FunctionDef, *((NAMED,) if NAMED else ()))) for part in inner):
            return False
        lines = [line for statement in statements for line in range(statement.line, statement.end_line + 1)]
        return has_positions or len(lines) == len(set(lines))

    def calls(self, node: Optional[ast.AST]) -> bool:
        """Whether evaluating an expression may run code of the program."""
        for part in ast.walk(node) if node is not None else ():
            if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Name) and part.func.id in self.pure):
                return True
            if isinstance(part, COMPREHENSIONS) or (self.has_missing and isinstance(part, ast.Subscript)):
                return True
            if isinstance(part, ast.Starred):
                return True
        return False

    def is_active(self, node: Any) -> bool:
        """Whether a simple statement, or the header of a compound one, may run code of the program or change an object."""
        if isinstance(node, ast.AugAssign):
            return True
        if isinstance(node, ast.Assign):
            return self.calls(node.value) or any(not _is_name(target) for target in node.targets)
        if isinstance(node, (ast.If, ast.While)):
            return self.calls(node.test)
        if isinstance(node, ast.For):
            return not self.counts(node)
        return isinstance(node, (ast.Expr, ast.Return)) and self.calls(node.value)

    def counts(self, node: ast.For) -> bool:
        """Whether a loop goes through a `range`."""
        iterable = node.iter
        is_range = isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name) and iterable.func.id == "range"
        return is_range and "range" in self.pure and not any(map(self.calls, iterable.args))  # type: ignore[attr-defined]


def is_surely_atom(node: Any, effects: Effects, sure: Sequence[str]) -> bool:  # noqa: PLR0911 - one for each kind of expression
    """Whether an expression can only give a number, a text, or another value that can't be changed; `sure`: names that have such."""
    if not effects.is_standard:
        return False
    if isinstance(node, ast.Name):
        return node.id in sure
    if isinstance(node, (ast.Compare, ast.JoinedStr)) or type(node).__name__ in {"Num", "Str", "NameConstant", "Constant"}:
        return True
    if isinstance(node, ast.UnaryOp):
        return True
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ATOMIC_BUILTINS & effects.pure
    if isinstance(node, ast.BinOp):
        sides = [is_surely_atom(side, effects, sure) for side in (node.left, node.right)]
        return isinstance(node.op, NUMERIC) or (any(sides) if isinstance(node.op, (ast.Add, ast.Sub)) else all(sides))
    return False


def stores(node: Any) -> List[str]:
    """Names that a simple statement, or the header of a loop, surely binds."""
    if isinstance(node, ast.Assign):
        targets: List[Any] = node.targets
    elif isinstance(node, (ast.AugAssign, ast.For)):
        targets = [node.target]
    else:
        return []
    found: List[str] = []
    for target in targets:
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part.id not in found:
                found.append(part.id)
    return found


def _targets_are_plain(node: Any) -> bool:
    """Whether the targets of a loop are names: others may change objects in every iteration."""
    return not isinstance(node, ast.For) or all(isinstance(part, (ast.Name, ast.Tuple, ast.Store)) for part in ast.walk(node.target))


def _is_name(target: ast.AST) -> bool:
    return isinstance(target, ast.Name)


def element_names(node: Any, names: Set[str]) -> Optional[List[ast.Subscript]]:
    """The items that a statement stores, where it only stores items of one local list at simple places; else None."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    target = node.targets[0]
    parts: List[Any] = target.elts if isinstance(target, ast.Tuple) else [target]
    if not all(isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name) for part in parts):
        return None
    if len({part.value.id for part in parts}) != 1 or parts[0].value.id not in names:
        return None
    return parts if all(is_place(index_of(part)) for part in parts) else None


def index_of(part: ast.Subscript) -> Any:
    """The expression between the brackets."""
    index: Any = part.slice
    return index.value if type(index).__name__ == "Index" else index


def is_place(node: Any) -> bool:
    """Whether an index is made of names and numbers."""
    allowed = (ast.Name, ast.BinOp, ast.Add, ast.Sub, ast.Load, getattr(ast, "Num", ast.Constant))
    allowed_parts = all(isinstance(part, (*allowed, ast.Constant) if hasattr(ast, "Constant") else allowed) for part in ast.walk(node))
    return allowed_parts and not isinstance(node, ast.Slice)
