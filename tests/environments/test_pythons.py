"""The Pythons of this machine, and which of them serves a wish."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nbrepro.environments import storage
from nbrepro.environments.pythons import VARIABLE, Interpreter, choose, find_interpreters, inspect, newest_settled
from nbrepro.errors import RequestError
from nbrepro.model import PythonWish, Source, SourceKind

THERE = tuple(Interpreter(f"/p/{version}", version) for version in ("3.13.0", "3.8.18", "3.7.16", "3.6.15", "2.7.18"))


@pytest.mark.parametrize(
    ("specifier", "chosen", "slugs"),
    [
        ("==3.7.16", "3.7.16", []),
        ("==3.7.*", "3.7.16", []),
        ("==3.7.3", "3.7.16", ["python-patch"]),
        ("==3.5.2", "3.6.15", ["python-substituted"]),
        ("==3.9.1", "3.8.18", ["python-substituted"]),
        ("==2.7.6", "2.7.18", ["python-patch"]),
        ("==2.6.6", "2.7.18", ["python-substituted"]),
        (">=3.6", "3.7.16", []),
        (">=3.6,<3.7", "3.6.15", []),
        (">=3.8", "3.8.18", []),
    ],
)
def test_choice(specifier: str, chosen: str, slugs: list[str]) -> None:
    wish = PythonWish(specifier, Source(SourceKind.METADATA))
    interpreter, deviations = choose(wish, THERE, datetime(2019, 6, 1, tzinfo=UTC))
    assert (interpreter.version, [deviation.slug for deviation in deviations]) == (chosen, slugs)


@pytest.mark.parametrize("specifier", ["==4.0", "<3.6,>=3.0", "three"])
def test_what_nothing_can_serve_is_told_with_what_there_is(specifier: str) -> None:
    with pytest.raises(RequestError, match="notebook-metadata"):
        choose(PythonWish(specifier, Source(SourceKind.METADATA)), THERE, None)


def test_settled() -> None:
    assert newest_settled(datetime(2019, 6, 1, tzinfo=UTC)) == "3.7"
    assert newest_settled(datetime(2018, 7, 1, tzinfo=UTC)) == "3.6"


def test_interpreters_are_found_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3").symlink_to(sys.executable)
    (tmp_path / "python-that-is-none").write_text("no", encoding="utf-8")
    monkeypatch.setenv("NBREPRO_PYTHONS", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    found = find_interpreters()
    assert any(interpreter.version == ".".join(map(str, sys.version_info[:3])) for interpreter in found)
    assert all(Path(interpreter.path).is_absolute() for interpreter in found)


def test_what_is_no_python_is_none(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 3.9.1\n", encoding="utf-8")
    script.chmod(0o755)
    assert inspect(str(script)) is None
    assert inspect(str(tmp_path / "absent")) is None


def test_an_executable_is_asked_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))
    asked = tmp_path / "asked"
    own = tmp_path / "python3"
    script = f'#!/bin/sh\necho >> {asked}\nexec {sys.executable} "$@"\n'
    own.write_text(script, encoding="utf-8")
    own.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(own))
    first = find_interpreters()
    inspect.cache_clear()
    assert find_interpreters() == first
    assert asked.read_text(encoding="utf-8") == "\n"
    own.write_text(script + "# changed\n", encoding="utf-8")
    inspect.cache_clear()
    assert find_interpreters() == first
    assert asked.read_text(encoding="utf-8") == "\n\n"
    storage.interpreters().write_text('{"a": 1}', encoding="utf-8")
    assert find_interpreters() == first, "a damaged memory is none"
