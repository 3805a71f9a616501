"""Errors that a user can do something about.

    NbreproError
    ├── UnreadableNotebookError      a file is no notebook that can be read
    ├── RequestError                 the request itself is wrong: an unknown path, a bad option
    │   ├── MissingExtraError        it needs an optional dependency
    │   └── NoRoomError              there is no room for it on the disk
    ├── ConversionError              a notebook could not be written
    ├── UnresolvableError            no set of packages satisfies what is declared
    ├── ChannelUnreachableError      a conda channel can't be read, so nothing is known about its packages
    └── EnvironmentBuildError        an environment could not be built from its lock

Each has a `slug`, under which the documentation explains it, and shows itself in a notebook as one line, without a
traceback of ours. What happens inside a run (a kernel that dies, a cell that raises) is no exception but a value,
`nbrepro.model.Failure`: a result to be reported like any other.
"""

from __future__ import annotations

_PLACES = 3
"""How many of the innermost calls are named where nbrepro itself fails."""


class NbreproError(Exception):
    """Base of all errors of nbrepro: says which value was wrong, what was expected, and what to do next."""

    slug = "error"

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [f"{self.slug}: {self}"]


class UnreadableNotebookError(NbreproError):
    """A file that can't be read as a notebook.

    >>> str(UnreadableNotebookError("a.ipynb", "line 3, column 7", "a JSON value", "nothing"))
    'a.ipynb, line 3, column 7: expected a JSON value, found nothing'
    """

    slug = "unreadable-notebook"

    def __init__(self, path: str, place: str, expected: str, found: str) -> None:
        super().__init__(path, place, expected, found)
        self.path = path
        self.place = place
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        where = f"{self.path}, {self.place}" if self.place else self.path
        return f"{where}: expected {self.expected}, found {self.found}"


class RequestError(NbreproError):
    """The request itself is wrong; the message says which value, what was expected and what to do."""

    slug = "request"


class MissingExtraError(RequestError):
    """A feature needs an optional dependency that is not installed.

    >>> str(MissingExtraError("run -p name=value", "papermill"))
    "run -p name=value needs papermill: install it with pip install 'nbrepro[papermill]'"
    """

    slug = "missing-extra"

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(feature, extra)
        self.feature = feature
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.feature} needs {self.extra}: install it with pip install 'nbrepro[{self.extra}]'"


class NoRoomError(RequestError):
    """There is no room left where something must be written: nothing is said about the notebook, and another try may find some."""

    slug = "no-room"


class ConversionError(NbreproError):
    """A notebook could not be written as asked; the original file is as it was."""

    slug = "conversion"


class UnresolvableError(NbreproError):
    """No set of packages satisfies what is declared.

    >>> str(UnresolvableError("numpy==2.0", ("requirements.txt, line 3",), "there is no version of numpy==2.0"))
    'no environment satisfies numpy==2.0 (requirements.txt, line 3): there is no version of numpy==2.0'
    """

    slug = "unresolvable"

    def __init__(self, what: str, sources: tuple[str, ...], explanation: str, packages: tuple[str, ...] = ()) -> None:
        super().__init__(what, sources, explanation, packages)
        self.what = what
        """The wishes that can't be met together."""
        self.sources = sources
        """The places that say so: file and line."""
        self.explanation = explanation
        """Why, in the words of the resolver."""
        self.packages = packages
        """Normalized names of the packages that stand in the way."""

    def __str__(self) -> str:
        places = f" ({'; '.join(self.sources)})" if self.sources else ""
        return f"no environment satisfies {self.what}{places}: {self.explanation}"


class IndexUnreachableError(NbreproError):
    """The package index can't be reached: nothing can be resolved, and nothing is known about what there is.

    >>> str(IndexUnreachableError("no such host"))
    'the package index can not be reached (no such host): nothing can be resolved; --env current runs in what is installed'
    """

    slug = "index-unreachable"

    def __init__(self, explanation: str) -> None:
        super().__init__(explanation)
        self.explanation = explanation

    def __str__(self) -> str:
        return (
            f"the package index can not be reached ({self.explanation}): nothing can be resolved; --env current runs in what is installed"
        )


class ChannelUnreachableError(NbreproError):
    """A conda channel can't be read: nothing is known about what it has.

    >>> str(ChannelUnreachableError(("conda-forge",), "no such host"))
    "the conda channel conda-forge can't be reached: no such host"
    """

    slug = "channel-unreachable"

    def __init__(self, channels: tuple[str, ...], explanation: str) -> None:
        super().__init__(channels, explanation)
        self.channels = channels
        """Names or addresses, without credentials."""
        self.explanation = explanation

    def __str__(self) -> str:
        noun = "channel" if len(self.channels) == 1 else "channels"
        return f"the conda {noun} {', '.join(self.channels)} can't be reached: {self.explanation}"


class EnvironmentBuildError(NbreproError):
    """An environment could not be built from its lock; nothing of it is left.

    >>> str(EnvironmentBuildError("the environment", "hash mismatch for six==1.16.0", ("six",)))
    'the environment could not be built: hash mismatch for six==1.16.0'
    """

    slug = "environment-build"

    def __init__(
        self,
        what: str,
        explanation: str,
        packages: tuple[str, ...] = (),
        no_room: bool = False,  # noqa: FBT001, FBT002 - pickle passes all by position
    ) -> None:
        super().__init__(what, explanation, packages, no_room)
        self.what = what
        self.explanation = explanation
        """Why, without addresses."""
        self.no_room = no_room
        """Whether only room on the disk was wanting: nothing is said about the environment."""
        self.packages = packages
        """Normalized names of the packages at fault, where they are known."""

    def __str__(self) -> str:
        return f"{self.what} could not be built: {self.explanation}"


def own_fault(error: Exception) -> str:
    """What is said of an error that nobody foresaw: what it is and where it was raised, and that it should be reported.

    >>> try:
    ...     {}["a"]
    ... except KeyError as error:
    ...     own_fault(error).rpartition(" (")[0]
    "nbrepro itself failed here, please report it: KeyError('a')"
    """
    # Needed hardly ever, and every start would wait for it.
    import traceback
    from pathlib import PurePath

    places = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    calls = ", ".join(f"{PurePath(place.filename).name}, line {place.lineno}" for place in places)
    return f"nbrepro itself failed here, please report it: {error!r} ({calls})"
