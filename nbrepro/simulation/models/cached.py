"""Answers kept on disk, so that the same prompt is paid for once.

FOLDER/ab/abcdef….json      one answer as a record; the name is the hash of model, address and prompt
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from nbrepro.environments import storage
from nbrepro.errors import RequestError
from nbrepro.simulation.models.identity import answer_key, prompt_hash
from nbrepro.simulation.models.protocol import Completion, Model, Prompt
from nbrepro.simulation.models.records import Record


def default_folder() -> Path:
    """`simulation/answers` in the folder that NBREPRO_CACHE names, else in the user's cache folder."""
    return storage.root() / "simulation" / "answers"


class Cached:
    """A model with a cache before it. Answers without a problem are kept, also those that the limit of tokens cut.

    Several threads and processes may share a folder. A prompt that is asked twice at once within one process is sent once.

    Args:
        model: who is asked for what isn't there.
        folder: by default `default_folder()`.

    Raises:
        RequestError: the folder can't be made.
    """

    def __init__(self, model: Model, folder: Path | None = None) -> None:
        self.name = model.name
        self.folder = folder or default_folder()
        self.problem: str | None = None
        """Why an answer could not be kept; None as long as all could."""
        self._model = model
        self._lock = Lock()
        self._under_way: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(f"answers can't be kept in {self.folder}: {error.strerror}; name another folder") from None

    @property
    def address(self) -> str:
        """Where the model behind it stands; empty where it stands nowhere."""
        return str(getattr(self._model, "address", ""))

    def complete(self, prompt: Prompt) -> Completion:
        """Give the answer that is kept, else ask for it and keep it."""
        key = answer_key(prompt, self.name, self.address)
        with self._lock:
            turn = self._under_way.setdefault(key, Lock())
        with turn:
            found = self._read(key, prompt)
            if found is not None:
                return found.again
            completion = self._model.complete(prompt)
            if completion.problem is None and not completion.is_cached:
                self._keep(key, Record.now(prompt, self.name, completion))
            return completion

    def _file(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"

    def _read(self, key: str, prompt: Prompt) -> Record | None:
        """The kept answer; None where there is none, or a damaged one, which is written anew."""
        try:
            record = Record.from_json(json.loads(self._file(key).read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None
        return record if record.prompt_hash == prompt_hash(prompt) and record.model == self.name else None

    def _keep(self, key: str, record: Record) -> None:
        try:
            _write(self._file(key), json.dumps(record.as_json(), indent=1).encode("ascii"))
        except OSError as error:
            self.problem = f"answers can't be kept in {self.folder}: {error.strerror}"


def _write(target: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all, whoever else writes it. Only its owner may read it: prompts may be private."""
    target.parent.mkdir(exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".writing-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
