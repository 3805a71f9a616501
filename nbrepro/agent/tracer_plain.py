"""One cell of a notebook, run without watching its steps: with a note of the names that it reads, and its last value."""

import ast
import copy
import types
from collections.abc import MutableMapping
from typing import Any, Dict, Iterator, List, Set

from tracer_plan import Plan
from tracer_settrace import COMPREHENSIONS

AWAITS = getattr(ast, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0)
"""As notebooks do, a cell may await (Python 3.8 on)."""
IS_COROUTINE = 0x80
NOTHING = object()
LOOPS: List[Any] = []


class Space(MutableMapping):  # type: ignore[type-arg]
    """What a cell sees as its names: the notebook's namespace, with a note of everything that is read."""

    def __init__(self, namespace: Dict[str, Any]) -> None:
        self.namespace = namespace
        self.read: Set[str] = set()
        """Names that were read before the cell has bound them itself."""
        self.own: Set[str] = set()

    def __getitem__(self, name: str) -> Any:
        value = self.namespace[name]
        if name not in self.own:
            self.read.add(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self.own.add(name)
        self.namespace[name] = value

    def __delitem__(self, name: str) -> None:
        del self.namespace[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.namespace)

    def __len__(self) -> int:
        return len(self.namespace)


class Plain:
    """Runs a cell; the value of a last expression is kept, as a notebook shows it."""

    def __init__(self, plan: Plan, space: Space) -> None:
        self.space = space
        self.result: Any = NOTHING
        body = copy.deepcopy(plan.tree)
        last = body.body.pop() if body.body and isinstance(body.body[-1], ast.Expr) else None
        self._codes = [compile(body, plan.filename, "exec", AWAITS, dont_inherit=True)]
        if isinstance(last, ast.Expr):
            self._codes.append(compile(ast.Expression(last.value), plan.filename, "eval", AWAITS, dont_inherit=True))
        self._shows_last = last is not None and not plan.source.rstrip().endswith(";")

    def names(self) -> Dict[str, Any]:
        """Nothing is needed."""
        return {}

    def names_in_comprehensions(self) -> Set[str]:
        """Names that comprehensions use where they have a frame of their own: those are read past the cell's names."""
        return {name for code in self._codes for name in _names_in_comprehensions(code)}

    def run(self, namespace: Dict[str, Any]) -> None:
        """Run the cell; what it raises comes out."""
        value: Any = None
        for code in self._codes:
            value = eval(code, namespace, self.space)  # noqa: S307 - running the cell is what this is for
            if code.co_flags & IS_COROUTINE:
                value = _run_in_loop(value)
        if self._shows_last and value is not None:
            self.result = value


def _run_in_loop(awaited: Any) -> Any:
    """Await in the notebook's event loop: one for all cells, as what one cell has begun goes on in the next."""
    import asyncio  # takes a while, and few notebooks need it

    if not LOOPS:
        LOOPS.append(asyncio.new_event_loop())
        asyncio.set_event_loop(LOOPS[0])
    return LOOPS[0].run_until_complete(awaited)


def _names_in_comprehensions(code: types.CodeType) -> Set[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType) and constant.co_name in COMPREHENSIONS]
    return {name for one in inner for name in (*one.co_names, *_names_in_comprehensions(one))}
