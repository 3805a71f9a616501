"""What pip adds to conda's packages, with a real channel and a real index on 127.0.0.1."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from environments.conda_channel import MINOR, PYTHON, LocalChannel
from environments.local_index import LocalIndex
from harness import Example, code, result
from nbformat.v4 import new_code_cell, new_notebook

from nbrepro.environments import storage
from nbrepro.environments.cache import environment_for
from nbrepro.environments.collection import collect
from nbrepro.environments.conda import install_conda, read_conda_lock, resolve_conda
from nbrepro.environments.provision import provided, resolved
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution import resolve
from nbrepro.errors import EnvironmentBuildError, MissingExtraError, RequestError, UnresolvableError
from nbrepro.execution import at, execute
from nbrepro.model import Ecosystem, EnvironmentSpec, Lock, PythonWish, Source, SourceKind, Wish, WishKind
from nbrepro.notebooks import read

pytest.importorskip("rattler", reason="the extra conda is not installed")
pytest.importorskip("conda_lock", reason="the extra conda is not installed")

FILE = Source(SourceKind.CONDA, "environment.yml", 4)
CONDA_LOCK = """
version: 1
metadata:
  content_hash: {{linux-64: "0"}}
  channels: [{{url: "{channel}", used_env_vars: []}}]
  platforms: [linux-64]
  sources: [environment.yml]
package:
- {{name: pear, version: "1.0", manager: pip, platform: linux-64, url: "{url}", hash: {{{hash}}}, category: main, optional: false}}
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[LocalChannel]:
    with LocalChannel(tmp_path / "channel") as served:
        served.add_python()
        served.add("ipykernel", "5.0", files=module("ipykernel", "5.0"), depends=["python"])
        served.add("fruit", "0.3", files=module("fruit", "0.3"), depends=["python"])
        yield served


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalIndex]:
    with LocalIndex() as served:
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.url)
        for version in ("0.3", "0.4"):
            served.add("fruit", version)
        for version in ("5.0", "90.0"):
            served.add("ipykernel", version)
        yield served


def module(name: str, version: str) -> dict[str, str]:
    folder = f"site-packages/{name}-{version}.dist-info"
    return {
        f"site-packages/{name}.py": f"VERSION = 'conda {version}'\n",
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{folder}/INSTALLER": "conda\n",
    }


def by_pip(spec: EnvironmentSpec) -> Lock:
    return resolve(spec, Interpreter(sys.executable, PYTHON))


def spec_of(channel: LocalChannel, *wishes: Wish) -> EnvironmentSpec:
    fruit = Wish("fruit", "fruit", FILE, Ecosystem.CONDA)
    return EnvironmentSpec("a.ipynb", PythonWish(f"=={MINOR}.*", FILE), (fruit, *wishes), channels=(channel.url,))


def pip(requirement: str, name: str | None = None, **changed: object) -> Wish:
    return replace(Wish(name or requirement.partition("=")[0], requirement, FILE), **changed)  # type: ignore[arg-type]


def parts(lock: Lock) -> dict[str, str]:
    return {package.name: f"{package.ecosystem.value} {package.version}" for package in lock.packages if package.name != "python"}


def said(lock: Lock) -> dict[str, str]:
    return {one.slug: one.message for one in lock.deviations}


def test_pip_adds_what_conda_lacks_and_leaves_what_it_has(channel: LocalChannel, index: LocalIndex, tmp_path: Path) -> None:
    index.add("pear", "1.0", requires=["fruit>=0.2"])
    lock = resolve_conda(spec_of(channel, pip("pear")), resolve_pip=by_pip)
    assert parts(lock) == {"fruit": "conda 0.3", "ipykernel": "conda 5.0", "pear": "pypi 1.0"}
    assert lock.deviations == ()
    assert read_conda_lock(lock.text) == lock
    python = install_conda(lock, tmp_path / "built")
    command = [python, "-c", "import fruit, pear; print(fruit.VERSION, pear.VERSION)"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "conda 0.3 1.0\n"


def test_a_version_that_only_pip_has_takes_the_place_of_conda_on_record(channel: LocalChannel, index: LocalIndex) -> None:
    lock = resolve_conda(spec_of(channel, pip("fruit==0.4")), resolve_pip=by_pip)
    assert "fruit 0.3 by 0.4" in said(lock)["pip-replaces-conda"]


def test_what_fits_conda_in_no_way_is_resolved_by_itself_on_record(channel: LocalChannel, index: LocalIndex) -> None:
    index.add("pear", "1.0", requires=["fruit>=0.4"])
    lock = resolve_conda(spec_of(channel, pip("pear")), resolve_pip=by_pip)
    assert parts(lock)["pear"] == "pypi 1.0"
    assert said(lock).keys() >= {"pip-apart", "pip-replaces-conda"}


def test_what_pip_cannot_have_is_an_error_that_names_it(channel: LocalChannel, index: LocalIndex) -> None:
    with pytest.raises(UnresolvableError, match="nothing-such"):
        resolve_conda(spec_of(channel, pip("nothing-such==1.0")), resolve_pip=by_pip)


def test_nobody_is_asked_for_what_conda_brings(channel: LocalChannel) -> None:
    imported = pip("fruit", imported_as="fruit", source=Source(SourceKind.IMPORT))
    lock = resolve_conda(spec_of(channel, imported), resolve_pip=by_pip)
    assert (parts(lock), lock.deviations) == ({"fruit": "conda 0.3", "ipykernel": "conda 5.0"}, ())


def test_a_project_of_its_own_is_on_record_without_asking(channel: LocalChannel) -> None:
    lock = resolve_conda(spec_of(channel, pip(".", "study", kind=WishKind.LOCAL_PROJECT)), resolve_pip=by_pip)
    assert said(lock).keys() == {"project-not-built"}


def test_the_kernel_comes_from_pip_where_the_channel_has_none(tmp_path: Path, index: LocalIndex) -> None:
    with LocalChannel(tmp_path / "bare") as bare:
        bare.add_python()
        bare.add("fruit", "0.3", depends=["python"])
        lock = resolve_conda(spec_of(bare), resolve_pip=by_pip)
    assert parts(lock) == {"fruit": "conda 0.3", "ipykernel": "pypi 90.0"}
    assert said(lock).keys() == {"kernel-from-pip"}


def test_a_kernel_that_is_wished_from_pip_is_no_departure(tmp_path: Path, index: LocalIndex) -> None:
    with LocalChannel(tmp_path / "bare") as bare:
        bare.add_python()
        bare.add("fruit", "0.3", depends=["python"])
        lock = resolve_conda(spec_of(bare, pip("ipykernel==5.0")), resolve_pip=by_pip)
    assert (parts(lock)["ipykernel"], lock.deviations) == ("pypi 5.0", ())


def test_a_failure_of_pip_leaves_nothing(channel: LocalChannel, index: LocalIndex, tmp_path: Path) -> None:
    sha256 = index.add("pear", "1.0")
    lock = resolve_conda(spec_of(channel, pip("pear")), resolve_pip=by_pip)
    wrong = replace(lock, text=lock.text.replace(sha256, "f" * 64))
    assert wrong != lock
    with pytest.raises(EnvironmentBuildError, match="pear"):
        install_conda(wrong, tmp_path / "built")
    assert not (tmp_path / "built").exists()


@pytest.mark.parametrize(
    ("url", "digest", "is_wheel"),
    [("https://example.org/pear-1.0-py3-none-any.whl", "sha256", True), ("https://example.org/pear-1.0.tar.gz", "sha256", False)],
)
def test_the_pip_part_of_another_tool_keeps_its_files(url: str, digest: str, *, is_wheel: bool) -> None:
    text = CONDA_LOCK.format(channel="conda-forge", url=url, hash=f'{digest}: "{"a" * 64}"')
    (pear,) = read_conda_lock(text, platform="linux-64").packages
    assert (pear.url, pear.hashes, pear.is_wheel) == (url, (f"sha256:{'a' * 64}",), is_wheel)


def test_the_pip_part_of_another_tool_needs_hashes() -> None:
    text = CONDA_LOCK.format(channel="conda-forge", url="https://example.org/pear-1.0-py3-none-any.whl", hash="")
    with pytest.raises(RequestError, match="pear"):
        read_conda_lock(text, platform="linux-64")


def test_the_cache_builds_it_once_and_anew_when_it_was_changed(channel: LocalChannel) -> None:
    lock = resolve_conda(spec_of(channel))
    interpreter = Interpreter("", lock.python)

    def built() -> tuple[bool, str]:
        found = environment_for(lock, interpreter, build=lambda lock, folder, _: install_conda(lock, folder))
        command = [found.python, "-B", "-c", "import fruit; print(fruit.__file__, fruit.VERSION)"]
        return found.was_cached, subprocess.run(command, check=True, capture_output=True, text=True).stdout

    was_cached, first = built()
    assert (was_cached, built()) == (False, (True, first))
    Path(first.split()[0]).write_text("VERSION = 'mine'\n", encoding="utf-8")
    assert built() == (False, first)


@pytest.mark.slow
@pytest.mark.network
def test_a_notebook_runs_in_a_built_environment(tmp_path: Path) -> None:
    with LocalChannel(tmp_path / "bare") as bare:
        bare.add_python()
        bare.add("fruit", "0.3", files=module("fruit", "0.3"), depends=["python"])
        lock = resolve_conda(spec_of(bare, pip("six")), resolve_pip=by_pip)
        built = environment_for(lock, Interpreter("", lock.python), build=lambda lock, folder, _: install_conda(lock, folder))
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("import fruit, six, sys; print(fruit.VERSION, sys.prefix)")]), path)
    with built.in_use():
        execution = execute(read(path), environment=at(built.python))
    assert [output.text for step in execution.steps for output in step.outputs] == [f"conda 0.3 {built.folder}\n"]


@pytest.mark.parametrize("package", ["rattler", "conda_lock"])
def test_without_the_extra_it_is_named(channel: LocalChannel, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    spec = spec_of(channel)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"nbrepro\[conda\]"):
        resolve_conda(spec)
    with pytest.raises(MissingExtraError):
        read_conda_lock("version: 1\n")


@pytest.mark.slow
def test_a_lock_beside_the_notebook_is_taken_as_it_stands(channel: LocalChannel, tmp_path: Path) -> None:
    channel.add("fruit", "0.4", files=module("fruit", "0.4"), depends=["python"])
    cells = [code("import fruit\nfruit.VERSION", result("'conda 0.3'"), count=1)]
    environment = f"channels: ['{channel.url}']\ndependencies: [python={MINOR}, fruit=0.3, ipykernel]\n"
    metadata = {"language_info": {"name": "python", "version": PYTHON}}
    path = Example(cells=cells, metadata=metadata, files={"environment.yml": environment}).write(tmp_path / "project")
    found = resolved(read(path))
    assert found.lock.file_name == "conda-lock.yml"
    (path.parent / "conda-lock.yml").write_text(found.lock.text, encoding="utf-8")
    (path.parent / "environment.yml").unlink()
    channel.asked.clear()
    again = resolved(read(path))
    assert again.lock.packages == found.lock.packages
    assert not channel.asked, "a lock needs no channel until it is built"
    built = provided(again)
    done = subprocess.run([built.python, "-c", "import fruit; print(fruit.VERSION)"], capture_output=True, text=True, check=True)
    assert done.stdout == "conda 0.3\n"


@pytest.mark.slow
def test_packages_of_removed_environments_leave_the_cache(channel: LocalChannel) -> None:
    wish = Wish("fruit", "fruit", FILE, Ecosystem.CONDA)
    spec = EnvironmentSpec("a.ipynb", PythonWish(f"=={MINOR}.*", FILE), (wish,), channels=(channel.url,))
    environment_for(resolve_conda(spec), Interpreter("", PYTHON), build=lambda lock, folder, _: install_conda(lock, folder))
    before = {path.name for path in storage.conda_packages().iterdir() if path.is_dir()}
    assert any(name.startswith("fruit") for name in before)
    assert len(collect(max_bytes=0)) == 1
    left = {path.name for path in storage.conda_packages().iterdir() if path.is_dir()}
    assert not any(name.startswith("fruit") for name in left)
