"""Answers written to a file as they come, and given again from it with no network.

The file has one record a line (`nbrepro.answers/1`). Lines are only ever added, each in one piece, so that several processes may
write one file, and what a process could not finish is one line that can't be read.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock

from nbrepro.errors import RequestError
from nbrepro.simulation.models.identity import as_json, prompt_hash
from nbrepro.simulation.models.protocol import Completion, Model, Prompt
from nbrepro.simulation.models.records import Record

_TELLING = 8
"""A line that stands in more conversations than this says nothing of the task."""

_UNSAID = frozenset({"interrupted", "not-recorded"})
"""Problems that say nothing of the model."""


class Recorder:
    """A model whose answers are written down, those with problems, too. An answer from a cache that stands in the file is not repeated.

    Args:
        model: who is asked.
        path: a file of JSON lines, to which is added.

    Raises:
        RequestError: the file can't be written.
    """

    def __init__(self, model: Model, path: Path) -> None:
        self.name = model.name
        self.path = path
        self.problem: str | None = None
        """Why an answer could not be written down; None as long as all could."""
        self._model = model
        self._lock = Lock()
        try:
            path.touch()
            known = [record for _, record in _records(path) if isinstance(record, Record)]
        except OSError as error:
            raise RequestError(f"{path} can't be written: {error.strerror}; name another file") from None
        self._known = {record.prompt_hash for record in known if record.model == self.name and record.completion.problem is None}

    @property
    def address(self) -> str:
        """Where the model behind it stands; empty where it stands nowhere."""
        return str(getattr(self._model, "address", ""))

    def complete(self, prompt: Prompt) -> Completion:
        """Ask, and write down what came."""
        completion = self._model.complete(prompt)
        record = Record.now(prompt, self.name, completion)
        with self._lock:
            if completion.slug not in _UNSAID and not (completion.is_cached and record.prompt_hash in self._known):
                self._add(record)
        return completion

    def _add(self, record: Record) -> None:
        try:
            _append(self.path, json.dumps(record.as_json()).encode("ascii"))
        except OSError as error:
            self.problem = f"{self.path} can't be written: {error.strerror}"
            return
        if record.completion.problem is None:
            self._known.add(record.prompt_hash)


class Replay:
    """A model that says what was recorded, and nothing else.

    Of several answers to one prompt the last without a problem counts.

    Args:
        path: a file that a `Recorder` wrote.
        model: whose answers; only needed where the file has those of several models.

    Raises:
        RequestError: the file can't be read, has no answer, or it is not clear whose answers are meant.
    """

    def __init__(self, path: Path, model: str | None = None) -> None:
        self.path = path
        try:
            found = list(_records(path))
        except OSError as error:
            raise RequestError(f"{path} can't be read: {error.strerror}") from None
        self.problems = tuple(f"line {number}: {record}" for number, record in found if not isinstance(record, Record))
        """Lines that can't be read, and why."""
        records = [record for _, record in found if isinstance(record, Record)]
        self.name = _chosen(path, sorted({record.model for record in records}), model)
        self._records: dict[str, Record] = {}
        for record in records:
            known = self._records.get(record.prompt_hash)
            if record.model == self.name and (known is None or known.completion.problem is not None or record.completion.problem is None):
                self._records[record.prompt_hash] = record
        self._nearness: Nearness | None = None
        self._lock = Lock()

    def __len__(self) -> int:
        """How many prompts have an answer."""
        return len(self._records)

    def complete(self, prompt: Prompt) -> Completion:
        """The recorded answer; where there is none, a problem that names the prompt's hash and the recorded prompt nearest to it."""
        found = self._records.get(prompt_hash(prompt))
        return found.again if found is not None else Completion("", "error", None, self._absent(prompt), attempts=0, seconds=0.0)

    def _absent(self, prompt: Prompt) -> str:
        with self._lock:
            self._nearness = self._nearness or Nearness(self._records.values())
        near = self._nearness.nearest(prompt)
        version = f" ({prompt.prompt_version})" if prompt.prompt_version else ""
        hint = f"; the nearest that is there, {near.prompt_hash[:16]}, differs in {difference(prompt, near.prompt)}" if near else ""
        return f"not-recorded: {self.path.name} has no answer of {self.name} to prompt {prompt_hash(prompt)[:16]}{version}{hint}"


class Nearness:
    """Finds the recorded prompt that asks nearly the same: the one that shares most of the lines that stand in few prompts."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._different = tuple({record.prompt.messages: record for record in records}.values())
        self._places: dict[str, list[int]] = {}
        for number, record in enumerate(self._different):
            for line in _lines(record.prompt):
                self._places.setdefault(line, []).append(number)

    def nearest(self, prompt: Prompt) -> Record | None:
        """The nearest record; None where no telling line is shared."""
        shared = Counter(
            number for line in _lines(prompt) if len(self._places.get(line, ())) <= _TELLING for number in self._places.get(line, ())
        )
        return self._different[shared.most_common(1)[0][0]] if shared else None


def difference(asked: Prompt, recorded: Prompt) -> str:
    """In which part two prompts differ first, in words.

    >>> from nbrepro.simulation.models.protocol import Message, Role, Sampling
    >>> question = (Message(Role.USER, "1 + 1?"),)
    >>> difference(Prompt(question, Sampling(temperature=0.8)), Prompt(question))
    'sampling: temperature 0.8, recorded with 0.0'
    """
    if asked.prompt_version != recorded.prompt_version:
        return f"the prompt's version: {asked.prompt_version or 'none'}, recorded with {recorded.prompt_version or 'none'}"
    first, second = as_json(asked), as_json(recorded)
    for name, value in first["sampling"].items():
        if value != second["sampling"][name]:
            return f"sampling: {name} {value}, recorded with {second['sampling'][name]}"
    if first["sample"] != second["sample"]:
        return f"the number of the sample: {asked.sample}, recorded with {recorded.sample}"
    return "the schema of the answer" if first["schema"] != second["schema"] else "the text"


def _lines(prompt: Prompt) -> set[str]:
    return {line.strip() for message in prompt.messages for line in message.text.splitlines() if line.strip()}


def _chosen(path: Path, there: list[str], wanted: str | None) -> str:
    if not there:
        raise RequestError(f"{path} has no recorded answer: expected lines of nbrepro.answers/1")
    if wanted is None and len(there) > 1:
        raise RequestError(f"{path} has answers of {', '.join(there)}: say whose are meant")
    if wanted is not None and wanted not in there:
        raise RequestError(f"{path} has no answer of {wanted}: it has those of {', '.join(there)}")
    return wanted or there[0]


def _records(path: Path) -> Iterator[tuple[int, Record | str]]:
    """Line number, from 1, and record, or why the line is none."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield number, Record.from_json(json.loads(line))
            except (ValueError, RecursionError) as error:
                yield number, str(error)


def _append(path: Path, line: bytes) -> None:
    """Add a line, alone and in one piece; a line that another process left half written is ended first."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        is_half = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        rest = memoryview((b"\n" if is_half else b"") + line + b"\n")
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)
