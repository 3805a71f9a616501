"""One requirement as pip reads it from a line: a package, a repository, a direct address, a folder."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, canonicalize_name, parse_sdist_filename, parse_wheel_filename

from nbrepro.environments.discovery.addresses import without_credentials
from nbrepro.environments.discovery.conda_specs import read_spec
from nbrepro.environments.discovery.files import ProjectFile, relative
from nbrepro.environments.discovery.findings import Finding, problem
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.model import Source, Wish, WishKind

_REPOSITORY = re.compile(r"(?:git|hg|svn|bzr)\+|(?:https?|ftp|ssh|git)://", re.IGNORECASE)
_CONDA_EXPORT = re.compile(r"([\w.\-]+)=([^=\s]+)=([^=\s]+)")
_SINGLE_EQUALS = re.compile(r"([\w.\-]+)\s*=\s*(\d[\w.]*)")
_BACKPORTS = frozenset({"argparse", "asyncio", "configparser", "contextvars", "dataclasses", "pathlib", "statistics", "typing", "zoneinfo"})
"""Modules of Python that an index also has, for the versions that came before them."""
_AT_ADDRESS = re.compile(r"[A-Za-z0-9][\w.\-]*\s*(?:\[[^\]]*\])?\s*@\s*[A-Za-z]")
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tar.bz2", ".tgz", ".egg")
_EDITABLE_NAME = re.compile(r"[#&]egg=([\w.\-]+)")
_MENDS = (
    # Written for installers that took it, refused by PEP 440 today; each has one meaning only.
    (re.compile(r"((?:[<>]=?|~=)\s*v?\d[\d.]*)\.\*"), r"\1"),
    (re.compile(r"(\d)\s*(?=(?:[<>]=?|!=|==|~=)\s*\d)"), r"\1,"),
    (re.compile(r",\s*(?=$|;|\))"), ""),
    (re.compile(r"=>"), ">="),
    (re.compile(r"=<"), "<="),
)


def read_requirement(
    text: str, file: ProjectFile, source: Source, hashes: tuple[str, ...] = (), folder: str | None = None
) -> Iterator[Finding]:
    """The wish in one requirement.

    Args:
        text: the requirement without comments and options.
        file: the file it stands in.
        source: the place of it.
        hashes: `sha256:…` values that stand beside it.
        folder: what paths are relative to, within the project; None: the folder of the file.
    """
    text = text.strip()
    export = _CONDA_EXPORT.fullmatch(text)
    if export:
        yield from _exported(export, source)
    elif _REPOSITORY.match(text):
        yield _address(text, source, hashes)
    elif _is_path(text):
        yield from _path(text, file, file.folder if folder is None else folder, source)
    else:
        yield from _named(text, source, hashes)


def _exported(export: re.Match[str], source: Source) -> Iterator[Finding]:
    """A line of `conda list --export`, where `pypi` in the place of the build means pip."""
    name, version, build = export.groups()
    if build.startswith("pypi"):
        yield Wish(canonicalize_name(name), f"{name}=={version}", source)
    else:
        yield from read_spec(export.group(), source)


def _address(text: str, source: Source, hashes: tuple[str, ...]) -> Wish:
    address = without_credentials(text.partition(" ;")[0].strip())
    return Wish(_name_in(address), address, source, kind=WishKind.REPOSITORY, hashes=hashes)


def _name_in(address: str) -> str:
    """The package that an address is for: its `egg`, the file's name, else the repository's own name."""
    egg = _EDITABLE_NAME.search(address)
    if egg:
        return canonicalize_name(egg[1])
    path = unquote(address.partition("#")[0].rstrip("/"))
    name, _ = _archive(posixpath.basename(path))
    return name or canonicalize_name(posixpath.basename(re.sub(r"@[^/]*$", "", path)).removesuffix(".git"))


def _archive(file_name: str) -> tuple[str, str]:
    """Name and version that the file name of a wheel or source distribution states; empty where it states none."""
    try:
        if file_name.endswith(".whl"):
            wheel = parse_wheel_filename(file_name)
            return wheel[0], str(wheel[1])
        if file_name.endswith((".tar.gz", ".zip")):
            name, version = parse_sdist_filename(file_name)
            return name, str(version)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return "", ""
    return "", ""


def _is_path(text: str) -> bool:
    bare = text.partition(";")[0].partition("#")[0].strip()
    if _AT_ADDRESS.match(bare):
        return False
    return bare.startswith((".", "/", "~", "file:")) or bare.endswith(_ARCHIVES) or bool(re.fullmatch(r"[\w.\-]+[/\\][\w.\-/\\]*", bare))


def _path(text: str, file: ProjectFile, folder: str, source: Source) -> Iterator[Finding]:
    """A folder or file beside the project's own; `.[extra]` is the folder."""
    written = text.partition(" ;")[0].partition("#")[0].strip()
    if written.startswith("file:"):
        written = unquote(urlsplit(written).path)
    path = _place(re.sub(r"\[[^\]]*\]$", "", written), folder, file)
    if path.startswith(("..", "/", "~")):
        yield problem(source, "leads out of the project, so it can't be installed", text)
        return
    yield Wish(_archive(posixpath.basename(path))[0] or canonicalize_name(file.name_of(path)), path, source, kind=WishKind.LOCAL_PROJECT)


def _place(written: str, folder: str, file: ProjectFile) -> str:
    """The path relative to the project: pip takes it from where it is called, which is the file's folder or the root."""
    paths = [relative(folder, written), relative(".", written)]
    for path in paths:
        whole = ProjectFile(file.project, path, file.kind)
        if whole.exists() or any(ProjectFile(file.project, relative(path, name), file.kind).exists() for name in _PROJECT_FILES):
            return path
    return next((path for path in paths if not path.startswith("..")), paths[0])


def _named(text: str, source: Source, hashes: tuple[str, ...]) -> Iterator[Finding]:
    requirement = _parsed(text)
    if requirement is None:
        single = _SINGLE_EQUALS.fullmatch(text)
        requirement = _parsed(f"{single[1]}=={single[2]}") if single else _mended(text)
        if requirement is None:
            yield problem(source, "is no requirement", text)
            return
        yield problem(source, f"is written wrongly and read as {without_credentials(str(requirement))}", text)
    if requirement.url:
        yield from _at_address(requirement, source, hashes)
    elif requirement.name.lower() == "python":
        yield from python_wish(str(requirement.specifier), source)
    elif requirement.name in sys.stdlib_module_names and requirement.name not in _BACKPORTS and not requirement.specifier:
        # Whatever has such a name on an index is not what was meant.
        yield problem(source, "is a module of Python itself, so no package is taken for it", text)
    else:
        yield Wish(canonicalize_name(requirement.name), str(requirement), source, hashes=hashes)


def _parsed(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None


def _mended(text: str) -> Requirement | None:
    for pattern, replacement in _MENDS:
        text = pattern.sub(replacement, text)
    return _parsed(text)


def _at_address(requirement: Requirement, source: Source, hashes: tuple[str, ...]) -> Iterator[Finding]:
    """`name @ address`; a path of the machine where it was frozen says at most the version."""
    name = canonicalize_name(requirement.name)
    address = without_credentials(requirement.url or "")
    if not address.startswith("file:"):
        condition = f" ; {requirement.marker}" if requirement.marker else ""
        yield Wish(name, f"{requirement.name} @ {address}{condition}", source, kind=WishKind.REPOSITORY, hashes=hashes)
        return
    _, version = _archive(posixpath.basename(unquote(address)))
    yield problem(
        source, "is a file of the machine where it was written; " + (f"read as {name}=={version}" if version else "only the name counts")
    )
    yield Wish(name, f"{requirement.name}=={version}" if version else requirement.name, source)
