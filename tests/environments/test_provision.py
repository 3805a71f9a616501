"""From a notebook to its exact environment: which way is taken, what is remembered, and what a built environment really provides."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from environments.local_index import LocalIndex
from environments.wheels import HERE, lock_of, make_wheel
from harness import Example, code

from nbrepro.environments import storage
from nbrepro.environments.cache import environment_for
from nbrepro.environments.provision import Resolved, Wanted, departures, resolved
from nbrepro.environments.remembering import key_of, remembered
from nbrepro.errors import IndexUnreachableError, RequestError, UnresolvableError
from nbrepro.model import EnvironmentSpec, Lock, PythonWish, Source, SourceKind, Wish
from nbrepro.notebooks import Document, read

METADATA = {"language_info": {"name": "python", "version": ".".join(map(str, sys.version_info[:3]))}}
PLACE = Source(SourceKind.REQUIREMENTS, "requirements.txt", 1)
SPEC = EnvironmentSpec(
    "a.ipynb", PythonWish("==3.11.7", PLACE), (Wish("fruit", "fruit==1.0", PLACE),), cut=datetime(2019, 6, 1, tzinfo=UTC)
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalIndex]:
    with LocalIndex() as index:
        index.add("ipykernel", "6.0.99", uploaded="2021-07-01")
        index.add("fruit", "1.0")
        index.add("fruit", "2.0")
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        yield index


def notebook(folder: Path, **files: str) -> Document:
    cells = [code("import fruit", count=1)]
    return read(
        Example(cells=cells, metadata=METADATA, files={name.replace("_txt", ".txt"): text for name, text in files.items()}).write(folder)
    )


def versions(found: Resolved) -> dict[str, str]:
    return {package.name: package.version for package in found.lock.packages if package.name != "ipykernel"}


def test_what_was_resolved_once_needs_no_index_again(index: LocalIndex, tmp_path: Path) -> None:
    document = notebook(tmp_path, requirements_txt="fruit==1.0\n")
    first = resolved(document)
    index.__exit__(None, None, None)
    second = resolved(document)
    assert (second.lock, second.interpreter, second.deviations) == (first.lock, first.interpreter, first.deviations)
    with pytest.raises(IndexUnreachableError, match="index can not be reached"):
        resolved(document, Wanted(again=True))


def test_a_failure_is_not_remembered() -> None:
    with pytest.raises(UnresolvableError):
        remembered(SPEC, (), _fail)
    lock = Lock("3.11.7", "linux", (), "", "pylock.toml")
    assert remembered(SPEC, (), lambda: (lock, HERE)) == (lock, HERE)
    assert remembered(SPEC, (), _fail) == (lock, HERE)


def _fail() -> tuple[Lock, object]:
    raise UnresolvableError("fruit", (), "there is none")


def test_an_answer_that_was_damaged_is_resolved_anew() -> None:
    lock = Lock("3.11.7", "linux", (), "", "pylock.toml")
    remembered(SPEC, (), lambda: (lock, HERE))
    (file,) = storage.resolutions().iterdir()
    for damage in ("", "{", "[]", '{"lock": {}, "interpreter": {}}', file.read_text(encoding="utf-8").replace(HERE.path, "/nowhere")):
        file.write_text(damage, encoding="utf-8")
        assert remembered(SPEC, (), lambda: (lock, HERE)) == (lock, HERE)


def test_everything_that_an_answer_depends_on_has_a_part_in_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    others = [
        key_of(replace(SPEC, wishes=())),
        key_of(replace(SPEC, wishes=(Wish("fruit", "fruit==2.0", PLACE),))),
        key_of(replace(SPEC, python=PythonWish("==3.12.1", PLACE))),
        key_of(replace(SPEC, cut=datetime(2019, 6, 2, tzinfo=UTC))),
        key_of(replace(SPEC, cut=None)),
        key_of(replace(SPEC, cut=now - timedelta(hours=1))),
        key_of(SPEC, (HERE,)),
    ]
    assert key_of(replace(SPEC, notebook="elsewhere.ipynb")) == key_of(SPEC), "the same wishes of another notebook"
    plain = key_of(SPEC)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://user:secret@index.example/simple")
    others.append(key_of(SPEC))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://user:other@index.example/simple")
    assert key_of(SPEC) == others[-1], "a new password is no new index"
    assert len({plain, *others}) == len(others) + 1


def test_one_file_may_be_named_as_the_one_that_counts(index: LocalIndex, tmp_path: Path) -> None:
    document = notebook(tmp_path / "project", requirements_txt="fruit==1.0\n")
    other = tmp_path / "requirements-new.txt"
    other.write_text("fruit==2.0\n", encoding="utf-8")
    assert versions(resolved(document)) == {"fruit": "1.0"}
    found = resolved(document, Wanted(declared=other))
    assert versions(found) == {"fruit": "2.0"}
    assert [declaration.path for declaration in found.spec.declarations] == ["requirements-new.txt"]


@pytest.mark.parametrize(("name", "message"), [("absent.txt", "no such file"), ("notes.md", "declares packages")])
def test_a_file_that_declares_nothing_is_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "notes.md").touch()
    with pytest.raises(RequestError, match=message):
        resolved(notebook(tmp_path), Wanted(declared=tmp_path / name))


def test_wishes_of_a_channel_that_cannot_be_reached_are_put_to_the_index(index: LocalIndex, tmp_path: Path) -> None:
    index.add("pandas", "1.0.5")
    cells = [code("import pandas", count=1)]
    environment = f"channels: [file://{tmp_path}/nowhere]\ndependencies: [pandas=1.0, gcc]\n"
    path = Example(cells=cells, metadata=METADATA, files={"environment.yml": environment}).write(tmp_path)
    found = resolved(read(path))
    assert versions(found) == {"pandas": "1.0.5"}
    told = " ".join(deviation.message for deviation in found.deviations if deviation.slug.startswith("conda-"))
    assert "can't be reached" in told, told
    assert "gcc" in told, "what PyPI can't have is named"


def test_what_a_built_environment_lacks_or_was_not_made_for_is_told(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "pear", requires_python="<3")
    built = environment_for(lock_of(wheel), HERE)
    wishes = tuple(Wish("pear", "pear", Source(SourceKind.IMPORT, "a.ipynb", 1), imported_as=module) for module in ("pear", "apple"))
    found = Resolved(replace(SPEC, wishes=wishes), built.lock, HERE, ())
    told = {deviation.slug: deviation.message for deviation in departures(found, built)}
    assert "imports apple, for which pear was installed, but that provides pear" in told["module-not-provided"]
    assert "pear says that it is made for Python <3" in told["python-not-supported"]
    again = environment_for(lock_of(wheel), HERE)
    assert again.was_cached
    assert departures(found, again) == departures(found, built)
