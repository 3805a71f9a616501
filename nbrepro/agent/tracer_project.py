"""Several files recorded together, in a process that others run in as well: recording is switched on and off."""

import builtins
import importlib.util
import json
import os
import sys
import types
from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import Any, Dict, Iterator, List, Optional, Sequence

from tracer_budget import within_limits
from tracer_journal import Journal
from tracer_plan import Plan
from tracer_run import BACKENDS, header_of
from tracer_values import encoder_for

INSTALLED = ("site-packages", "dist-packages")
LAST: List[int] = [0]
"""The highest number that a statement has: code of earlier recordings, which may live on, is known by its numbers."""


class Recorder:
    """Records functions of the files whose code it has made, while it is on."""

    def __init__(self, backend: str, limits: Dict[str, Any]) -> None:
        self.backend = backend
        self.limits = limits
        self.files: List[Plan] = []
        self.journal = Journal(encoder_for(limits), {}, limits["events"])
        self._runner = BACKENDS[backend](Plan("", "<nothing>", LAST[0]), self.journal)
        self._runner.stop() if backend == "instrumented" else None
        self._streams: Sequence[Any] = ()
        for name, value in self._runner.names().items():
            setattr(builtins, name, value)

    def code_of(self, source: str, filename: str, space: Optional[Dict[str, Any]] = None) -> types.CodeType:
        """The code of a file whose names are those of `space`.

        Raises:
            SyntaxError: it is no Python.
        """
        plan = Plan(source, filename, LAST[0] + 1)
        LAST[0] = plan.first + len(plan.statements)
        for scope in plan.scopes.values():
            scope.file, scope.space = len(self.files), space
        self.files.append(plan)
        code: types.CodeType = self._runner.add(plan)
        return code

    def start(self) -> None:
        """Record from now on."""
        self._streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Tee(self.journal, "stdout", sys.stdout), Tee(self.journal, "stderr", sys.stderr)
        self._runner.start()

    def stop(self) -> None:
        """Record no longer."""
        self._runner.stop()
        sys.stdout, sys.stderr = self._streams

    def lines(self, entry: str, end: Dict[str, Any]) -> Iterator[str]:
        """The lines of the trace; of the files, only those whose functions were called."""
        self.journal.before_output()
        events = list(within_limits(self.journal.events, self.limits, [end], is_closed=self.journal.is_closed))
        numbers: Dict[int, int] = {}
        for event in events:
            if event["k"] == "call":
                number = numbers.setdefault(event.pop("s", 0), len(numbers))
                event.update({"s": number} if number else {})
        sources = [header_of(vars(self.files[file]), self.backend, self.limits)["source"][0] for file in numbers]
        yield json.dumps({**header_of({"source": "", "entry": entry}, self.backend, self.limits), "source": sources})
        for event in events:
            yield json.dumps(event)


class Tee:
    """A stream whose text becomes events, and goes on to where it went."""

    def __init__(self, journal: Journal, name: str, stream: Any) -> None:
        self._journal = journal
        self._name = name
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text."""
        self._journal.output(self._name, text)
        self._stream.write(text)
        return len(text)

    def writelines(self, lines: Sequence[str]) -> None:
        """Write some texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Finder:
    """Finds the modules below a folder, and gives them code that can be recorded."""

    def __init__(self, recorder: Recorder, folder: str) -> None:
        self._recorder = recorder
        self._folder = os.path.realpath(folder)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        """What the other finders find, where it is a file below the folder; else nothing."""
        for finder in sys.meta_path:
            if finder is self or type(finder).__name__ == "AssertionRewritingHook" or not hasattr(finder, "find_spec"):
                continue
            spec: Optional[ModuleSpec] = finder.find_spec(name, path, target)
            if spec is not None:
                return self._recorded(name, spec)
        return None

    def _recorded(self, name: str, spec: ModuleSpec) -> Optional[ModuleSpec]:
        if type(spec.loader) is not SourceFileLoader or spec.origin is None or not self._is_own(os.path.realpath(spec.origin)):
            return None
        loader = Loader(name, spec.origin)
        loader.recorder = self._recorder
        places = spec.submodule_search_locations
        return importlib.util.spec_from_file_location(name, spec.origin, loader=loader, submodule_search_locations=places)

    def _is_own(self, path: str) -> bool:
        """Whether a file is one of the project's, and not of something that is installed in its folder."""
        if not path.startswith(self._folder + os.sep):
            return False
        folder = os.path.dirname(path)
        while folder != self._folder:
            if os.path.basename(folder) in INSTALLED or os.path.exists(os.path.join(folder, "pyvenv.cfg")):
                return False
            folder = os.path.dirname(folder)
        return True


class Loader(SourceFileLoader):
    """Loads a module with code that can be recorded."""

    recorder: Recorder

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the module; one that the recorder can't make code of runs as it is."""
        try:
            code = self.recorder.code_of(self.get_source(module.__name__) or "", self.path, module.__dict__)
        except (SyntaxError, ValueError, RecursionError):
            super().exec_module(module)
        else:
            exec(code, module.__dict__)  # noqa: S102 - importing the module is what this is for
