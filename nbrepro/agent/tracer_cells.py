"""The cells of a notebook, one after another in one namespace: which variables each reads, binds, changes in place, and deletes."""

import builtins
import json
import sys
import types
from typing import Any, Dict, Iterator, List, Set, Tuple

from tracer_budget import within_limits
from tracer_journal import Journal, is_same
from tracer_names import names_of
from tracer_plain import NOTHING, Plain, Space
from tracer_plan import Plan
from tracer_run import BACKENDS, end_event, header_of, run_watched
from tracer_values import encoder_for

HIDDEN = ("In", "Out", "exit", "quit", "get_ipython")
State = Dict[str, Any]


def run_cells(request: Dict[str, Any]) -> Iterator[str]:
    """A line for each cell that was run; a failure of a cell that may not fail is the last."""
    notebook = Notebook(request)
    for number, source in enumerate(request["cells"]):
        found = notebook.run(number, source)
        yield json.dumps(found)
        if found["status"] != "ok" and (found["status"] != "error" or number not in request["may_fail"]):
            return


class Notebook:
    """The namespace that cells share, and its state after the last of them."""

    def __init__(self, request: Dict[str, Any]) -> None:
        self.request = request
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.namespace = module.__dict__
        self.namespace["__builtins__"] = builtins
        builtins.display = _display
        self.encoder = encoder_for(request["limits"])
        self.state = self._state()

    def run(self, number: int, source: str) -> Dict[str, Any]:
        """What one cell did."""
        before, objects = self.state, dict(self.namespace)
        space = Space(self.namespace)
        journal = Journal(self.encoder, self.namespace, self.request["limits"]["events"])
        end, trace, result = self._execute(number, source, space, journal)
        after = self.state = self._state()
        changed = {name for name in after if not is_same(before.get(name, before), after[name])}
        bound = {name for name in after if name not in before or (self.namespace[name] is not objects[name])}
        read = {name for name in space.read | _read_by_functions(space.read, objects) if name in before}
        return {
            "cell": number,
            "status": end["status"],
            "type": end["type"],
            "msg": end["msg"],
            "output": "".join(event["text"] for event in journal.events if event["k"] == "out" and event["stream"] == "stdout"),
            "result": result,
            "reads": sorted(read),
            "binds": {name: after[name] for name in sorted(bound)},
            "mutates": {name: after[name] for name in sorted(changed - bound)},
            "deletes": sorted(set(before) - set(after)),
            "trace": trace,
        }

    def _execute(self, number: int, source: str, space: Space, journal: Journal) -> Tuple[Dict[str, Any], List[str], Any]:
        """Run a cell: its end, its steps where they were asked for, and its last value where it shows one."""
        backend = self.request["backend"]
        try:
            plan = Plan(source, "<cell %d>" % number)
            runner = BACKENDS[backend](plan, journal) if backend else Plain(plan, space)
        except (SyntaxError, ValueError, RecursionError) as error:
            return end_event("error", type(error).__name__, str(error)), [], None
        end = run_watched(runner, journal, self.namespace, {"filename": plan.filename, "folder": self.request.get("folder")})
        if backend:
            space.read |= names_of(plan.tree)[plan.tree].used
            return end, _trace_of(source, journal, end, self.request), None
        space.read |= runner.names_in_comprehensions()
        return end, [], None if runner.result is NOTHING else self.encoder.encode(runner.result)

    def _state(self) -> State:
        """The tagged values of the notebook's own variables."""
        own = [(name, value) for name, value in list(self.namespace.items()) if not name.startswith("_") and name not in HIDDEN]
        return {name: self.encoder.encode(value) for name, value in own}


def _display(*objects: Any, **_: Any) -> None:
    """What a notebook's `display` does outside of a notebook."""
    for value in objects:
        print(repr(value))


def _trace_of(source: str, journal: Journal, end: Dict[str, Any], request: Dict[str, Any]) -> List[str]:
    head = header_of({"source": source, "filename": "<cell>"}, request["backend"], request["limits"])
    return [json.dumps(line) for line in (head, *within_limits(journal.events, request["limits"], [end], is_closed=journal.is_closed))]


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
    owner = value if isinstance(value, type) else type(value)
    functions = [value] if isinstance(value, types.FunctionType) else list(vars(owner).values())
    codes = [function.__code__ for function in functions if isinstance(function, types.FunctionType) and function.__module__ == "__main__"]
    for code in codes:
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return tuple(codes)
