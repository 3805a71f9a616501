"""What is traced, and how much of it is kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbrepro.errors import RequestError


@dataclass(frozen=True, slots=True)
class Program:
    """A program to be run and traced."""

    source: str
    filename: str = "<program>"
    entry: str = ""
    """The call that was appended to the source; empty for a program that runs by itself."""
    prelude: str = ""
    """Code that runs before, untraced; its names are there for the program, and belong to no state."""
    stdin: str = ""
    folder: str = ""
    """Where the program's imports are looked for first; empty: the current folder."""
    name: str = "__main__"
    """What the program finds as `__name__`."""

    @classmethod
    def of_call(cls, source: str, call: str, *, prelude: str = "") -> Program:
        r"""A program that defines something, and a call of it.

        >>> Program.of_call("def f(x):\n    return x + 1", "f(2)").source.splitlines()[-1]
        'f(2)'
        """
        return cls(f"{source.rstrip()}\n\n{call.strip()}\n", entry=call.strip(), prelude=prelude)

    @classmethod
    def of_script(cls, path: str | os.PathLike[str]) -> Program:
        """A file.

        Raises:
            RequestError: the file can't be read.
        """
        place = Path(path)
        try:
            return cls(place.read_text(encoding="utf-8"), str(place), folder=str(place.absolute().parent))
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(f"{place} can't be read as a Python program: {error}") from error

    @classmethod
    def of_test(cls, path: str | os.PathLike[str], name: str) -> Program:
        """A test function of a pytest file that needs no fixtures: its module, then a call of the test.

        Raises:
            RequestError: the file can't be read.
        """
        module = cls.of_script(path)
        call = f"{name}()" if "::" not in name else "{}().{}()".format(*name.split("::", 1))
        return cls(f"{module.source.rstrip()}\n\n{call}\n", module.filename, call, folder=module.folder, name=Path(path).stem)


@dataclass(frozen=True, slots=True)
class TraceLimits:
    """How much is kept. What is left out has an event of its own."""

    events: int = 10_000
    """Steps; after them nothing but output is recorded."""
    per_site: int | None = None
    """Of each statement the first and the last so many steps; None: all."""
    items: int = 1000
    """Items of all containers of one value together."""
    characters: int = 10_000
    """Characters, or bytes, of a text."""
    depth: int = 8
    """Levels of containers in containers."""
    seconds: float = 20.0
    """CPU time of a program."""
    megabytes: int | None = None
    """Address space of a program; None: no limit."""

    def as_request(self) -> dict[str, Any]:
        """The part that the tracer itself keeps to."""
        return {name: getattr(self, name) for name in ("events", "per_site", "items", "characters", "depth")}
