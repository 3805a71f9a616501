"""The house stands: a room imports only from floors below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = (
    {"model", "errors"},
    {"notebooks", "agent"},
    {"environments", "execution", "comparison", "traces"},
    {"causes", "simulation", "benchmarks"},
    {"corpora"},
    {"reports", "explore"},
    {"commands"},
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}


def room_of(module: str) -> str:
    return module.split(".")[1].removesuffix(".py") if "." in module else ""


def imported_rooms(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which room is meant"
            names |= {f"{node.module}.{alias.name}" if node.module == "nbrepro" else str(node.module) for alias in node.names}
    return {room_of(name) for name in names if name.split(".")[0] == "nbrepro"} & LEVEL.keys()


MODULES = sorted(path for path in (ROOT / "nbrepro").rglob("*.py") if path.parent != ROOT / "nbrepro" or path.name == "errors.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_from_floors_below(path: Path) -> None:
    room = path.relative_to(ROOT / "nbrepro").parts[0].removesuffix(".py")
    assert room in LEVEL, f"{room} has no floor yet: add it to FLOORS and to docs/design.md"
    above_or_beside = {
        other for other in imported_rooms(path) if other != room and (LEVEL[other] > LEVEL[room] or (LEVEL[other] == LEVEL[room] != 0))
    }
    assert not above_or_beside


def test_every_package_is_installed() -> None:
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    assert find_spec("nbrepro_magics") is not None
    assert {point.name for point in entry_points(group="console_scripts")} >= {"nbrepro"}


def test_the_agent_imports_nothing_of_the_project() -> None:
    for path in (ROOT / "nbrepro" / "agent").rglob("*.py"):
        assert not imported_rooms(path), path


def test_comparison_reads_and_runs_nothing() -> None:
    forbidden = {"subprocess", "socket", "os", "pathlib", "tempfile", "shutil"}
    for path in (ROOT / "nbrepro" / "comparison").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not imported & forbidden, path
