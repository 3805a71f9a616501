"""Slowdown of traced programs against the same without a trace, beside other tracers.

    python tests/benchmarks/tracing.py [--rounds 3]

Runs in the interpreter that it is started with, which needs pandas, PySnooper and snoop for all rows; a tracer or snippet that
isn't installed is left out. Each figure is the smallest CPU time of some rounds, divided by the smallest of the program alone,
at the same size: slow tracers get smaller programs. The first is the time of the program and of recording; `and written` adds the
time in which events are made from the records, which can wait, and written as JSON.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import io
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

AGENT = Path(__file__).parents[2] / "nbrepro" / "agent"
sys.path.insert(0, str(AGENT))

from tracer_budget import within_limits  # noqa: E402
from tracer_journal import Journal  # noqa: E402
from tracer_plan import Plan  # noqa: E402
from tracer_run import BACKENDS  # noqa: E402
from tracer_values import Encoder, Identities, Limits  # noqa: E402

LOOP = """\
def loop(n):
    s = 0
    for i in range(n):
        x = i * 3 % 7
        if x > 3:
            s += x
        else:
            s -= 1
    return s
"""
FIB = """\
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)
"""
SORT = """\
def sort(n):
    a = [(i * 7919) % n for i in range(n)]
    for i in range(n):
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return a
"""
FRAMES = """\
def frames(k):
    acc = 0.0
    for i in range(k):
        a = np.arange(50) * (i + 1)
        b = a.cumsum()
        df = pd.DataFrame({"a": a, "b": b})
        m = df.groupby(df.a % 5).b.mean()
        acc += float(m.sum())
    return acc
"""
SNIPPETS = {"loop": (LOOP, 20_000, 1_000), "fib": (FIB, 15, 9), "sort": (SORT, 60, 12), "frames": (FRAMES, 6, 3)}
IMPORTS = "import numpy as np\nimport pandas as pd\n"
BUDGET = 1 << 30


def smallest(run: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        gc.collect()
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return min(times)


def namespace_for(name: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "measured"}
    if name == "frames":
        exec(IMPORTS, namespace)
    return namespace


class Traced:
    """One snippet under one of our backends."""

    def __init__(self, backend: str, source: str, call: str, namespace: dict[str, Any], budget: int) -> None:
        plan = Plan(f"{source}\n{call}\n", "<measured>")
        self.namespace = dict(namespace)
        self.journal = Journal(Encoder(Limits(), Identities()), self.namespace, budget)
        if budget == BUDGET:
            self.journal.max_steps = 100_000
        self.backend = BACKENDS[backend](plan, self.journal)
        self.caught_up = 0.0
        self.backend_drain = getattr(self.backend, "drain", lambda: None)
        if backend == "instrumented":
            self.backend.drain = self.journal.before_output = self.catch_up
        import builtins

        for name, value in self.backend.names().items():
            setattr(builtins, name, value)

    def run(self) -> None:
        self.backend.run(self.namespace)

    def catch_up(self) -> None:
        begin = time.process_time()
        self.backend_drain()
        self.caught_up += time.process_time() - begin

    def write(self) -> None:
        self.journal.before_output()
        limits = {"events": BUDGET, "per_site": None}
        for event in within_limits(self.journal.events, limits, [], is_closed=False):
            json.dumps(event)


def ours(backend: str, source: str, call: str, namespace: dict[str, Any], rounds: int, *, budget: int = BUDGET) -> tuple[float, float]:
    runs, whole = [], []
    for _ in range(rounds):
        traced = Traced(backend, source, call, namespace, budget)
        run = smallest(traced.run, 1)
        runs.append(run - traced.caught_up)
        whole.append(run + smallest(traced.write, 1))
    return min(runs), min(whole)


def settrace_with_repr(function: Callable[[Any], Any], argument: Any) -> None:
    before: dict[Any, dict[str, str]] = {}
    found = []

    def happened(frame: Any, event: str, value: Any) -> Any:
        now = {name: repr(item) for name, item in frame.f_locals.items()}
        old = before.get(frame, {})
        found.append((event, frame.f_lineno, {name: text for name, text in now.items() if old.get(name) != text}))
        if event == "return":
            before.pop(frame, None)
        else:
            before[frame] = now
        return happened

    def called(frame: Any, event: str, value: Any) -> Any:
        return happened if frame.f_code.co_filename == function.__code__.co_filename else None

    sys.settrace(called)
    try:
        function(argument)
    finally:
        sys.settrace(None)


def pysnooper_tracer(module: Any, name: str, argument: Any, folder: str) -> Callable[[], Any]:
    import pysnooper

    return lambda: _decorated(module, name, argument, pysnooper.snoop(f"{folder}/pysnooper.log", overwrite=True, color=False))


def snoop_tracer(module: Any, name: str, argument: Any) -> Callable[[], Any]:
    import snoop

    return lambda: _decorated(module, name, argument, snoop.Config(out=io.StringIO(), color=False).snoop)


def _decorated(module: Any, name: str, argument: Any, decorate: Callable[[Any], Any]) -> None:
    plain = getattr(module, name)
    setattr(module, name, decorate(plain))
    try:
        getattr(module, name)(argument)
    finally:
        setattr(module, name, plain)


def module_of(name: str, source: str, folder: str) -> Any:
    path = Path(folder, f"measured_{name}.py")
    path.write_text((IMPORTS if name == "frames" else "") + source, encoding="utf-8")
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def rows(name: str, rounds: int, folder: str) -> None:
    source, full, small = SNIPPETS[name]
    namespace = namespace_for(name)
    module = module_of(name, source, folder)
    function = getattr(module, name)
    alone = {size: smallest(lambda size=size: function(size), rounds * 3) for size in (full, small)}
    for backend in BACKENDS:
        size = full if backend == "instrumented" else small
        run, whole = ours(backend, source, f"{name}({size})", namespace, rounds)
        show(name, backend, size, run / alone[size], f"{whole / alone[size]:9.1f}× and written")
    run, _ = ours("instrumented", source, f"{name}({full})", namespace, rounds, budget=10_000)
    show(name, "instrumented, 10,000 steps", full, run / alone[full], f"{(run - alone[full]) * 1e3:+9.1f} ms")
    show(name, "settrace with repr", small, smallest(lambda: settrace_with_repr(function, small), rounds) / alone[small])
    for other, tracer in (("PySnooper", pysnooper_tracer), ("snoop", snoop_tracer)):
        if importlib.util.find_spec(other.lower()):
            run = smallest(tracer(module, name, small, *([folder] if other == "PySnooper" else [])), rounds)
            show(name, other, small, run / alone[small])


def show(name: str, tracer: str, size: int, ratio: float, more: str = "") -> None:
    print(f"{name:7} {tracer:28} {size:8,} {ratio:10.1f}× {more}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("snippets", nargs="*", default=list(SNIPPETS))
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.snippets:
            if name != "frames" or importlib.util.find_spec("pandas"):
                rows(name, arguments.rounds, folder)


if __name__ == "__main__":
    main()
