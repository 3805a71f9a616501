"""Environments: what is wanted and who says so, what exactly that came to, and every departure from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    """Where a wish comes from, from the strongest to the weakest: the first kind that is found decides."""

    LOCK = "lock"
    """pylock.toml, uv.lock, conda-lock.yml, Pipfile.lock, or requirements that are pinned throughout."""
    SCRIPT = "script"
    """Inline metadata (PEP 723), as juv writes it into a cell."""
    BINDER = "binder"
    """A file in `binder/` or `.binder/`."""
    CONDA = "environment.yml"
    PIPFILE = "Pipfile"
    PYPROJECT = "pyproject.toml"
    SETUP = "setup"
    """setup.cfg or setup.py."""
    REQUIREMENTS = "requirements"
    INSTALL_CELL = "install-cell"
    """`!pip install`, `%pip install` or `%conda install` in the notebook; also laid over the others."""
    IMPORT = "import"
    """An import for which nothing is declared."""
    OUTPUT = "output"
    """A saved output of the notebook that tells what made it."""
    METADATA = "notebook-metadata"
    """The notebook's own metadata: the Python it was saved with."""
    HARNESS = "harness"
    """Needed to run a notebook at all: ipykernel."""
    USER = "user"
    """Said on the command line."""


class Ecosystem(StrEnum):
    """Who packages it."""

    PYPI = "pypi"
    CONDA = "conda"


@dataclass(frozen=True, slots=True)
class Source:
    """The place that says something, so that every answer can name it."""

    kind: SourceKind
    path: str = ""
    """File, relative to the project; empty where it is no file."""
    line: int | None = None
    """Line of the file, or number of the notebook's cell, counted from 1; None where there is none."""

    def __str__(self) -> str:
        place = self.path or self.kind.value
        return place if self.line is None else f"{place}, {'cell' if self.path.endswith('.ipynb') else 'line'} {self.line}"


class WishKind(StrEnum):
    """What is wished for."""

    PACKAGE = "package"
    CONSTRAINT = "constraint"
    """A bound that holds only if something else brings the package (`-c constraints.txt`)."""
    LOCAL_PROJECT = "local-project"
    """The repository's own package, or `-e .`: `requirement` is its folder, relative to the project."""
    REPOSITORY = "repository"
    """A version-control or direct URL, which needs the network and may need a build."""
    SYSTEM = "system"
    """Not a Python package: `apt.txt`, R, LaTeX."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One package, bound or tool that somebody wishes, with the place that says so."""

    name: str
    """Normalized name (PEP 503 for PyPI)."""
    requirement: str
    """The whole wish: a PEP 508 requirement, a conda match specification, a folder, a URL."""
    source: Source
    ecosystem: Ecosystem = Ecosystem.PYPI
    kind: WishKind = WishKind.PACKAGE
    imported_as: str | None = None
    """The module whose import led to it; None where it was declared."""
    hashes: tuple[str, ...] = ()
    """`sha256:…` values that the source gives."""
    is_optional: bool = False
    """Whether the notebook may do without it, as far as the code shows: no import of it has to succeed for a cell to run."""

    @property
    def is_bare(self) -> bool:
        """Whether it is the name alone, so that any version will do."""
        from packaging.utils import canonicalize_name

        return canonicalize_name(self.requirement.strip()) == self.name

    @property
    def is_wheel(self) -> bool:
        """Whether it names a wheel of the project by its path."""
        return self.kind is WishKind.LOCAL_PROJECT and self.requirement.endswith(".whl")


@dataclass(frozen=True, slots=True)
class PythonWish:
    """A wish for a Python: `specifier` is a PEP 440 specifier set such as `>=3.6,<3.8` or `==3.7.3`."""

    specifier: str
    source: Source


@dataclass(frozen=True, slots=True)
class Declaration:
    """Everything that one file (or the cells of the notebook) says."""

    kind: SourceKind
    path: str
    wishes: tuple[Wish, ...] = ()
    python: PythonWish | None = None
    channels: tuple[str, ...] = ()
    """Conda channels in their order."""
    indexes: tuple[str, ...] = ()
    """Package indexes that it names, without credentials."""
    problems: tuple[str, ...] = ()
    """What in it could not be read, each naming the line: the rest still counts."""
    is_exact: bool = False
    """Whether it pins every package: then it is a lock."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A departure from what was declared: `slug` names the rung (`python-substituted`, `unpinned`, `dropped`, …)."""

    slug: str
    message: str

    def __str__(self) -> str:
        return f"{self.slug}: {self.message}"


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """What is wanted for one notebook, and where each wish comes from."""

    notebook: str
    python: PythonWish
    wishes: tuple[Wish, ...]
    declarations: tuple[Declaration, ...] = ()
    """All that was found, not only what won, the strongest first."""
    cut: datetime | None = None
    """Nothing uploaded after this moment (UTC) is taken unless it is pinned; None: no limit."""
    cut_source: str = ""
    """What the date was taken from, in words."""
    channels: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    local_modules: tuple[str, ...] = ()
    """Imports that the project itself provides (files, `%%writefile` cells)."""
    import_paths: tuple[str, ...] = ()
    """Folders, relative to the project, that must be on `sys.path`."""
    project: str = ""
    """Root of the project, in which the declarations lie; empty where there is none."""
    unknown_imports: tuple[str, ...] = ()
    """Imports for which no package is known: named, never guessed."""
    deviations: tuple[Deviation, ...] = ()

    @property
    def is_conda(self) -> bool:
        """Whether conda has to provide a part of it."""
        return any(wish.ecosystem is Ecosystem.CONDA for wish in self.wishes)


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One package, exactly."""

    name: str
    version: str
    url: str = ""
    """Where the file is, without credentials; empty where the installer finds it by name and hash."""
    hashes: tuple[str, ...] = ()
    """`sha256:…` values of the files that may be installed."""
    ecosystem: Ecosystem = Ecosystem.PYPI
    uploaded: datetime | None = None
    size: int | None = None
    """Bytes of the file; None where the index doesn't say."""
    is_wheel: bool = True
    because: tuple[str, ...] = ()
    """Why this version: the wishes and packages that asked for it, the date, the rung."""


@dataclass(frozen=True, slots=True)
class Lock:
    """An exact environment: equal locks give equal environments."""

    python: str
    """Full version of the interpreter, such as `3.7.16`."""
    platform: str
    packages: tuple[LockedPackage, ...]
    text: str
    """The lock file itself: pylock.toml, conda-lock.yml or hashed requirements."""
    file_name: str
    """Under which name it belongs beside the notebook: `pylock.toml`, `conda-lock.yml`, `requirements.lock.txt`."""
    cut: datetime | None = None
    deviations: tuple[Deviation, ...] = ()
