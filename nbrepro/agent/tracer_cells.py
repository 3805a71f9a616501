"""The cells of a notebook, one after another in one namespace: which variables each reads, binds, changes in place, and deletes."""

import builtins
import json
import sys
import types
from collections.abc import MutableMapping
from typing import Any, Dict, Iterator, List, Set, Tuple

from tracer_budget import within_limits
from tracer_journal import Journal, is_same
from tracer_names import names_of
from tracer_plan import Plan
from tracer_run import BACKENDS, end_event, header_of, run_watched
from tracer_settrace import COMPREHENSIONS
from tracer_values import Encoder, Identities, Limits

HIDDEN = ("In", "Out", "exit", "quit", "get_ipython")


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


def run_cells(request: Dict[str, Any]) -> Iterator[str]:
    """A line for each cell that was run; the first failure is the last."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    namespace = module.__dict__
    namespace["__builtins__"] = builtins
    limits = request["limits"]
    encoder = Encoder(Limits(limits["items"], limits["characters"], limits["depth"]), Identities())
    for number, source in enumerate(request["cells"]):
        found = _run_cell(number, source, namespace, encoder, request)
        yield json.dumps(found)
        if found["status"] != "ok":
            return


def _run_cell(number: int, source: str, namespace: Dict[str, Any], encoder: Encoder, request: Dict[str, Any]) -> Dict[str, Any]:
    before, objects = _state(namespace, encoder), dict(namespace)
    space = Space(namespace)
    journal = Journal(encoder, namespace, request["limits"]["events"])
    trace: List[str] = []
    try:
        plan = Plan(source, "<cell %d>" % number)
    except (SyntaxError, ValueError) as error:
        end = end_event("error", type(error).__name__, str(error))
    else:
        runner = BACKENDS[request["backend"]](plan, journal) if request["backend"] else Plain(plan, space)
        end = run_watched(runner, journal, namespace, {"filename": plan.filename, "folder": request.get("folder")})
        trace = _trace_of(source, journal, end, request) if request["backend"] else []
        space.read |= names_of(plan.tree)[plan.tree].used if request["backend"] else _names_in_comprehensions(runner.code)
    after = _state(namespace, encoder)
    changed = {name for name in after if not is_same(before.get(name, before), after[name])}
    bound = {name for name in after if name not in before or (namespace[name] is not objects[name])}
    read = {name for name in space.read | _read_by_functions(space.read, objects) if name in before}
    return {
        "cell": number,
        "status": end["status"],
        "type": end["type"],
        "msg": end["msg"],
        "output": "".join(event["text"] for event in journal.events if event["k"] == "out" and event["stream"] == "stdout"),
        "reads": sorted(read),
        "binds": {name: after[name] for name in sorted(bound)},
        "mutates": {name: after[name] for name in sorted(changed - bound)},
        "deletes": sorted(set(before) - set(after)),
        "trace": trace,
    }


def _trace_of(source: str, journal: Journal, end: Dict[str, Any], request: Dict[str, Any]) -> List[str]:
    head = header_of({"source": source, "filename": "<cell>"}, request["backend"], request["limits"])
    return [json.dumps(line) for line in (head, *within_limits(journal.events, request["limits"], [end], is_closed=journal.is_closed))]


def _names_in_comprehensions(code: types.CodeType) -> Set[str]:
    """Names that comprehensions use where they have a frame of their own: those are read past the cell's names."""
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType) and constant.co_name in COMPREHENSIONS]
    return {name for one in inner for name in (*one.co_names, *_names_in_comprehensions(one))}


def _state(namespace: Dict[str, Any], encoder: Encoder) -> Dict[str, Any]:
    """The tagged values of the notebook's own variables."""
    return {name: encoder.encode(value) for name, value in list(namespace.items()) if not name.startswith("_") and name not in HIDDEN}


def _read_by_functions(read: Set[str], objects: Dict[str, Any]) -> Set[str]:
    """The variables that functions of the notebook use, as far as their code names them, for those that a cell has read."""
    found: Set[str] = set()
    waiting = set(read)
    while waiting:
        value = objects.get(waiting.pop())
        for code in _codes_of(value):
            new = {name for name in code.co_names if name in objects and name not in found | read}
            found |= new
            waiting |= new
    return found


def _codes_of(value: Any) -> Tuple[types.CodeType, ...]:
    functions = [value] if isinstance(value, types.FunctionType) else list(vars(value).values()) if isinstance(value, type) else []
    codes = [function.__code__ for function in functions if isinstance(function, types.FunctionType) and function.__module__ == "__main__"]
    for code in codes:
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return tuple(codes)


class Plain:
    """Runs a cell without watching its steps."""

    def __init__(self, plan: Plan, space: Space) -> None:
        self.space = space
        self.code = compile(plan.tree, plan.filename, "exec", dont_inherit=True)

    def names(self) -> Dict[str, Any]:
        """Nothing is needed."""
        return {}

    def run(self, namespace: Dict[str, Any]) -> None:
        """Run the cell; what it raises comes out."""
        exec(self.code, namespace, self.space)  # noqa: S102 - running the cell is what this is for
