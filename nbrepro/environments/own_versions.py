"""The version of the project's own package that its history tells, and the module in which an installation would write it.

setuptools-scm (https://setuptools-scm.readthedocs.io), hatch-vcs and pdm-backend number a package by the tags of its git history and
write the number into a module that no commit holds: without an installation `import package` fails. Their rules are followed here
as far as they are data; rules that are code, and tags that need a pattern of their own, are not.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.version import Version

from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError, relative
from nbrepro.environments.discovery.setup_py import call_of_setup
from nbrepro.environments.discovery.toml_tables import BadTomlError, parse, table
from nbrepro.environments.git import said_by_git
from nbrepro.model import SourceKind

_TAG: Final = re.compile(r"^(?:[\w-]+-)?[vV]?(\d+(?:\.\d+)*[^+]*)(?:\+.*)?$")
_DESCRIBED: Final = re.compile(r"^(.+)-(\d+)-g([0-9a-f]+)$")
_MODULE: Final = """# written as its installation would write it
__version__ = version = {version!r}
__version_tuple__ = version_tuple = {version_tuple}
__commit_id__ = commit_id = None
"""
_PLACES: Final = re.compile(r"\{\{|\}\}|\{(?:(scm_)?(version|version_tuple)?(?:!([rs]))?)\}")


@dataclass(frozen=True, slots=True)
class Counted:
    """What a project says of a version that is counted from its history."""

    module: str = ""
    """The file that an installation writes, relative to the project, with slashes; empty where it writes none."""
    template: str = ""
    """What is written; empty for what the tool writes by itself."""
    scheme: str = ""
    """How commits after a tag count; empty for the tool's own way."""
    fallback: str = ""
    """The version where there is no history."""

    def version(self, project: Path) -> str | None:
        """The version by the history of a project; None where that tells none."""
        described = said_by_git(project, "describe", "--tags", "--long", "--match", "*[0-9]*", seconds=20)
        return counted(described, self.scheme) or self.fallback or None

    def text(self, version: str) -> str:
        """The content of the module.

        >>> Counted(template="__version__ = '{version}'").text("1.2")
        "__version__ = '1.2'"
        """
        values = {"version": version, "version_tuple": repr(_parts(version))}
        default = _MODULE if self.module.endswith(".py") else "{version}"

        def put(found: re.Match[str]) -> str:
            if found[0] in {"{{", "}}"}:
                return found[0][0]
            value = values[found[2] or "version"]
            return repr(value) if found[3] == "r" else value

        return _PLACES.sub(put, self.template or default)


def counted(described: str, scheme: str = "") -> str | None:
    """The version by `git describe --long`; None where the tag is no version.

    >>> counted("v1.2.3-0-gabc1234"), counted("v1.2.3-4-gabc1234"), counted("1.2.3-4-gabc1234", "post-release")
    ('1.2.3', '1.2.4.dev4+gabc1234', '1.2.3.post4+gabc1234')
    >>> counted("") is None
    True
    """
    found = _DESCRIBED.match(described)
    tag = _TAG.match(found[1]) if found else None
    if not found or not tag:
        return None
    distance, commit = int(found[2]), found[3]
    try:
        last = Version(tag[1])
        return str(Version(f"{_after(last, distance, scheme)}+g{commit}" if distance else tag[1]))
    except ValueError:
        return None


def _after(last: Version, distance: int, scheme: str) -> str:
    """The version of so many commits after a tag."""
    if scheme == "only-version":
        return last.public
    if scheme == "post-release":
        return f"{last.public}.post{distance}"
    if scheme == "no-guess-dev":
        return f"{last.public}.post1.dev{distance}"
    return f"{_next(last, scheme)}.dev{distance}"


def _next(last: Version, scheme: str) -> str:
    """The version that is expected after a tag."""
    if scheme == "release-branch-semver":
        return f"{last.major}.{last.minor + 1}.0"
    if scheme == "python-simplified-semver":
        return f"{last.major}.{last.minor}.{last.micro + 1}"
    if last.post is not None:
        return f"{last.base_version}.post{last.post + 1}"
    if last.pre is not None:
        return f"{last.base_version}{last.pre[0]}{last.pre[1] + 1}"
    head, dot, end = last.base_version.rpartition(".")
    return f"{head}{dot}{int(end) + 1}"


def _parts(version: str) -> tuple[int | str, ...]:
    release, plus, local = version.partition("+")
    parts = [int(part) if part.isdigit() else part for part in release.split(".")]
    return (*parts, local) if plus else tuple(parts)


def counted_version(project: Path, folder: str) -> Counted | None:
    """What a package's files say of a version that is counted; None where it isn't.

    Args:
        project: root of the project, absolute.
        folder: of the package, relative to it.
    """
    pyproject = ProjectFile(project, relative(folder, "pyproject.toml"), SourceKind.PYPROJECT)
    setup = ProjectFile(project, relative(folder, "setup.py"), SourceKind.SETUP)
    with suppress(UnreadableFileError, BadTomlError, SyntaxError, ValueError, RecursionError, MemoryError):
        found = _of_pyproject(parse(pyproject.text()), folder) if pyproject.exists() else None
        return found or (_of_setup(setup.text(), folder) if setup.exists() else None)
    return None


def _of_pyproject(content: Mapping[str, Any], folder: str) -> Counted | None:
    tools = table(content, "tool")
    for name in ("setuptools_scm", "setuptools-scm"):
        if name in tools:
            return _of_setuptools(table(tools, name), folder)
    hatch = table(tools, "hatch", "version")
    if hatch.get("source") == "vcs":
        hook = table(tools, "hatch", "build", "hooks", "vcs")
        options = {**table(hatch, "raw-options"), "fallback_version": hatch.get("fallback-version", "")}
        options |= {"version_file": hook.get("version-file", ""), "version_file_template": hook.get("template", "")}
        return _of_setuptools(options, folder)
    pdm = table(tools, "pdm", "version")
    if pdm.get("source") == "scm":
        options = {"version_file": pdm.get("write_to", ""), "version_file_template": pdm.get("write_template", "{}\n")}
        return _of_setuptools({**options, "fallback_version": pdm.get("fallback_version", "")}, folder)
    return None


def _of_setuptools(options: Mapping[str, Any], folder: str) -> Counted:
    def option(*names: str) -> str:
        return next((value for name in names if isinstance(value := options.get(name), str) and value), "")

    older = option("write_to")
    written = relative(relative(folder, option("root") or "."), older) if older else option("version_file")
    if written and not older:
        written = relative(folder, written)
    template = option("write_to_template", "version_file_template")
    return Counted(posixpath.normpath(written) if written else "", template, option("version_scheme"), option("fallback_version"))


def _of_setup(text: str, folder: str) -> Counted | None:
    arguments, names = call_of_setup(text)
    stated = (arguments or {}).get("use_scm_version")
    if isinstance(stated, ast.Name):
        stated = next(iter(names.values.get(stated.id, ())), None)
    if isinstance(stated, ast.Constant):
        return Counted() if stated.value else None
    if isinstance(stated, ast.Call) and getattr(stated.func, "id", "") == "dict":
        return _of_setuptools({word.arg: value for word in stated.keywords if word.arg for value in _constants(word.value)}, folder)
    if isinstance(stated, ast.Dict):
        pairs = zip(stated.keys, stated.values, strict=True)
        return _of_setuptools(
            {str(name.value): value for name, node in pairs if isinstance(name, ast.Constant) for value in _constants(node)}, folder
        )
    return None


def _constants(node: ast.expr) -> Iterator[str]:
    """The text that an expression writes out, `os.path.join("a", "b")` among them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "join" and len(node.args) > 1:
        parts = [part for argument in node.args for part in _constants(argument)]
        if len(parts) == len(node.args):
            yield posixpath.join(*parts)
