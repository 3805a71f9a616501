"""The project's own package where it holds code that must be compiled: its sources alone can't be imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError, relative
from nbrepro.environments.discovery.literals import known_values_of
from nbrepro.environments.discovery.setup_py import call_of_setup
from nbrepro.environments.discovery.toml_tables import BadTomlError, parse, table
from nbrepro.model import Deviation, EnvironmentSpec, SourceKind, Wish, WishKind

_COMPILED = ("ext_modules", "cffi_modules", "rust_extensions", "cython_modules")
"""Arguments of `setup` that name what is compiled; an empty list is no such thing."""
_BACKENDS = ("mesonpy", "scikit_build_core", "maturin")
_IMPORTED = {"numpy": "numpy", "Cython": "cython", "pybind11": "pybind11", "cffi": "cffi"}
"""What a setup.py imports before it could say that it needs it, with the packages that have it."""


@dataclass(frozen=True, slots=True)
class CompiledProject:
    """A package of the project that must be compiled."""

    name: str
    folder: str
    """Of its setup.py or pyproject.toml, relative to the project."""
    source: str
    """The file that says so."""
    requires: tuple[str, ...] | None = None
    """What its build needs, as far as setup.py tells it; None where pyproject.toml does."""


def compiled_projects(spec: EnvironmentSpec, installed: frozenset[str] = frozenset()) -> tuple[CompiledProject, ...]:
    """The packages of the project that the notebook uses and that must be compiled.

    Args:
        spec: what is wanted.
        installed: names of packages that come from an index: these are not built.
    """
    return tuple(found for found in _all_compiled(spec) if found.name not in installed)


def _all_compiled(spec: EnvironmentSpec) -> Iterator[CompiledProject]:
    wishes = {
        wish.name: wish
        for found in spec.declarations
        for wish in found.wishes
        if wish.kind is WishKind.LOCAL_PROJECT and not wish.requirement.endswith(".whl")
    }
    for wish in wishes.values() if spec.project else ():
        compiled = _compiled(Path(spec.project), wish) if is_used(wish, spec) else None
        if compiled is not None:
            yield compiled


def without_hidden(spec: EnvironmentSpec, installed: frozenset[str]) -> EnvironmentSpec:
    """The specification without the sources on the path that would hide a compiled package which comes from an index.

    Args:
        spec: what is wanted; it wishes the package by its name.
        installed: names of packages that come from an index.
    """
    wished = {wish.name for wish in spec.wishes if wish.kind is WishKind.PACKAGE} & installed
    hidden = {path: found for found in _all_compiled(spec) if found.name in wished for path in _paths_of(found)}
    left_out = {path: hidden[path] for path in spec.import_paths if path in hidden and _is_alone(path, spec)}
    paths = tuple(path for path in spec.import_paths if path not in left_out)
    deviations = (
        Deviation(
            "own-package-installed", f"{found.source}: {found.name} must be compiled; it comes from the index, its sources are not used"
        )
        for found in left_out.values()
    )
    return replace(spec, import_paths=paths, deviations=(*spec.deviations, *dict.fromkeys(deviations)))


def _paths_of(project: CompiledProject) -> tuple[str, str]:
    return project.folder, relative(project.folder, "src")


def _is_alone(path: str, spec: EnvironmentSpec) -> bool:
    """Whether the notebook imports one module only from a folder of the project."""
    folder = Path(spec.project, path)
    return sum((folder / name).is_dir() or (folder / f"{name}.py").is_file() for name in spec.local_modules) <= 1


def not_compiled(project: CompiledProject) -> Deviation:
    """What stands on record where building is not allowed."""
    return Deviation(
        "project-not-compiled",
        f"{project.source}: {project.name} holds code that must be compiled, which is absent from the path; --allow-build would build it",
    )


def failed_to_compile(project: CompiledProject, why: str) -> Deviation:
    """What stands on record where it can't be built: the sources stay on the path."""
    return Deviation(
        "project-build-failed", f"{project.source}: {project.name} could not be built, so parts of it can't be imported: {why}"
    )


def as_built(project: CompiledProject, deviations: Iterable[Deviation]) -> Iterator[Deviation]:
    """The deviations of a notebook whose project was built after all."""
    untrue = f": {project.folder} is not built;"
    yield from (one for one in deviations if not (one.slug == "project-not-built" and untrue in one.message))
    yield Deviation(
        "project-built", f"{project.source}: {project.name} is built from the project, apart from it, and comes first on the path"
    )


def is_used(wish: Wish, spec: EnvironmentSpec) -> bool:
    """Whether the package is installed where something declares it, or the notebook imports modules from its folder."""
    if any(one.kind is WishKind.LOCAL_PROJECT and one.name == wish.name for one in spec.wishes):
        return True
    project = Path(spec.project).resolve()
    folder = (project / wish.requirement).resolve()
    paths = [(project / path).resolve() for path in spec.import_paths]
    if spec.local_modules:
        paths.append(Path(spec.notebook).resolve().parent)
    return folder.is_relative_to(project) and any(path in {folder, folder / "src"} for path in paths)


def _compiled(project: Path, wish: Wish) -> CompiledProject | None:
    pyproject = ProjectFile(project, relative(wish.requirement, "pyproject.toml"), SourceKind.PYPROJECT)
    has_build_system = False
    if pyproject.exists():
        try:
            content = parse(pyproject.text())
        except (UnreadableFileError, BadTomlError):
            return None
        has_build_system = "build-system" in content
        backend = str(table(content, "build-system").get("build-backend", ""))
        if backend.partition(".")[0] in _BACKENDS or table(content, "tool", "setuptools").get("ext-modules"):
            return CompiledProject(wish.name, wish.requirement, pyproject.path)
    setup = ProjectFile(project, relative(wish.requirement, "setup.py"), SourceKind.SETUP)
    requires = _of_setup(setup) if setup.exists() else None
    if requires is None:
        return None
    return CompiledProject(wish.name, wish.requirement, setup.path, None if has_build_system else requires)


def _of_setup(file: ProjectFile) -> tuple[str, ...] | None:
    """What the build needs; None where nothing is compiled, or where the file can't be read."""
    try:
        text = file.text()
        arguments, names = call_of_setup(text)
        compiled = [arguments[name] for name in _COMPILED if name in arguments] if arguments else []
        if arguments is None or not any(not isinstance(node, ast.List) or node.elts for node in compiled):
            return None
        stated = known_values_of(arguments["setup_requires"], names)[0] if "setup_requires" in arguments else []
        imported = (package for module, package in _IMPORTED.items() if module in _modules(ast.parse(text)))
    except (UnreadableFileError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tuple(dict.fromkeys(("setuptools", "wheel", *imported, *(value for value in stated if isinstance(value, str)))))


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
