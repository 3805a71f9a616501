"""Environments from a conda channel: solved, locked, installed and run for real, with handmade packages."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from environments.conda_channel import MINOR, PREFIX, PYTHON, SITE, LocalChannel

from nbrepro.environments import storage
from nbrepro.environments.conda import FILE_NAME, install_conda, installing, read_conda_lock, resolve_conda
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.errors import ChannelUnreachableError, EnvironmentBuildError, RequestError, UnresolvableError
from nbrepro.model import Deviation, Ecosystem, EnvironmentSpec, Lock, PythonWish, Source, SourceKind, Wish, WishKind

pytest.importorskip("rattler", reason="the extra conda is not installed")
pytest.importorskip("conda_lock", reason="the extra conda is not installed")

FILE = Source(SourceKind.CONDA, "environment.yml", 4)
STATED = Source(SourceKind.METADATA, "the notebook's language_info")
CUT = datetime(2020, 1, 1, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9/nowhere"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[LocalChannel]:
    """A channel with a Python and a kernel."""
    with LocalChannel(tmp_path / "channel") as served:
        served.add_python()
        served.add("ipykernel", "5.0", files={"site-packages/ipykernel.py": "VERSION = 5\n"}, depends=["python"])
        yield served


@pytest.fixture
def other(tmp_path: Path) -> Iterator[LocalChannel]:
    with LocalChannel(tmp_path / "other") as served:
        yield served


def wish(requirement: str, **changed: object) -> Wish:
    name = requirement.rpartition("::")[2].replace(">", "=").replace(" ", "=").partition("=")[0]
    return replace(Wish(name, requirement, FILE, Ecosystem.CONDA), **changed)  # type: ignore[arg-type]


def spec_of(*channels: LocalChannel | str, wishes: tuple[str | Wish, ...] = (), python: str = f"=={MINOR}.*") -> EnvironmentSpec:
    return EnvironmentSpec(
        "a.ipynb",
        PythonWish(python, FILE),
        tuple(wish(one) if isinstance(one, str) else one for one in wishes),
        channels=tuple(one if isinstance(one, str) else one.url for one in channels),
    )


def versions(lock: Lock) -> dict[str, str]:
    return {package.name: package.version for package in lock.packages if package.name not in {"python", "ipykernel"}}


def said(lock: Lock) -> dict[str, str]:
    return {one.slug: one.message for one in lock.deviations}


def output(*command: Path | str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_packages_of_all_kinds_are_installed_and_run(channel: LocalChannel, tmp_path: Path) -> None:
    program = f"#!/bin/sh\ncat {PREFIX}/share/fruit.txt\n"
    channel.add("fruit-data", "1.0", files={"share/fruit.txt": "apple\n"}, is_conda=False)
    channel.add(
        "fruit",
        "0.3",
        files={"site-packages/fruit.py": "import sys\ndef main():\n    print(sys.prefix)\n"},
        depends=["python >=3", "fruit-data"],
        entry_points=["fruit-tool = fruit:main"],
    )
    files = {"bin/fruit-cat": program}
    channel.add("fruit-bin", "1.1", files=files, with_prefix=files, executable=files, depends=["fruit-data"], noarch=False)
    lock = resolve_conda(spec_of(channel, wishes=("fruit=0.3", "fruit-bin")))
    folder = tmp_path / "built"
    python = install_conda(lock, folder)
    assert python == folder / "bin" / "python"
    assert output(python, "-c", "import fruit; print(fruit.__file__)") == str(folder / SITE / "fruit.py")
    assert output(folder / "bin" / "fruit-tool") == str(folder)
    assert output(folder / "bin" / "fruit-cat") == "apple"
    assert lock.deviations == ()


def test_the_lock_says_everything_and_reads_back_the_same(channel: LocalChannel) -> None:
    sha256 = channel.add("fruit", "1.0", made="2019-05-01", depends=["python"])
    lock = resolve_conda(replace(spec_of(channel, wishes=("fruit>=0.5",)), cut=CUT))
    assert (lock.python, lock.file_name, lock.cut) == (PYTHON, FILE_NAME, CUT)
    (fruit,) = (package for package in lock.packages if package.name == "fruit")
    assert f"sha256:{sha256}" in fruit.hashes
    assert fruit.uploaded == datetime(2019, 5, 1, tzinfo=UTC)
    assert fruit.because == ("environment.yml, line 4: fruit>=0.5", "newest that fits as of 2020-01-01")
    assert read_conda_lock(lock.text) == lock


def test_two_resolutions_give_the_same_text(channel: LocalChannel) -> None:
    for name in ("b", "a", "c"):
        channel.add(name, "1.0", depends=["python", "fruit"])
    channel.add("fruit", "1.0")
    spec = replace(spec_of(channel, wishes=("c", "a", "b")), cut=CUT)
    assert resolve_conda(spec).text == resolve_conda(spec).text


def test_the_lock_is_one_of_conda_lock(channel: LocalChannel, tmp_path: Path) -> None:
    from conda_lock.lockfile import parse_conda_lock_file

    channel.add("fruit", "1.0")
    path = tmp_path / FILE_NAME
    path.write_text(resolve_conda(spec_of(channel, wishes=("fruit",))).text, encoding="utf-8")
    assert {package.name for package in parse_conda_lock_file(path).package} == {"fruit", "ipykernel", "python"}


class TestDate:
    def test_nothing_newer_is_taken(self, channel: LocalChannel) -> None:
        for version, made in (("1.0", "2018-01-01"), ("1.1", "2019-12-31"), ("2.0", "2020-01-02")):
            channel.add("fruit", version, made=made)
        spec = spec_of(channel, wishes=("fruit",))
        assert versions(resolve_conda(replace(spec, cut=CUT))) == {"fruit": "1.1"}
        assert versions(resolve_conda(spec)) == {"fruit": "2.0"}

    def test_a_pin_moves_it_no_further_than_needed(self, channel: LocalChannel) -> None:
        channel.add("fruit", "2.0", made="2021-06-01")
        for version, made in (("1.0", "2021-01-01"), ("2.0", "2024-01-01")):
            channel.add("pear", version, made=made)
        lock = resolve_conda(replace(spec_of(channel, wishes=("fruit=2.0", "pear")), cut=CUT))
        assert versions(lock) == {"fruit": "2.0", "pear": "1.0"}
        assert "fruit 2.0" in said(lock)["after-date"]
        assert "pear 1.0" in said(lock)["after-date"]

    def test_what_has_no_date_is_taken_only_where_nothing_else_fits(self, channel: LocalChannel) -> None:
        channel.add("fruit", "1.0", made="2019-01-01")
        channel.add("fruit", "2.0", made=None)
        channel.add("pear", "1.0", made=None)
        lock = resolve_conda(replace(spec_of(channel, wishes=("fruit",)), cut=CUT))
        assert (versions(lock), lock.deviations) == ({"fruit": "1.0"}, ())
        lock = resolve_conda(replace(spec_of(channel, wishes=("pear",)), cut=CUT))
        assert (versions(lock), said(lock).keys()) == ({"pear": "1.0"}, {"undated"})

    def test_what_is_only_newer_is_on_record(self, channel: LocalChannel) -> None:
        channel.add("fruit", "1.0", made="2022-01-01")
        lock = resolve_conda(replace(spec_of(channel, wishes=("fruit",)), cut=CUT))
        assert (versions(lock), said(lock).keys()) == ({"fruit": "1.0"}, {"after-date"})


class TestChannels:
    def test_the_first_that_has_a_package_provides_it(self, channel: LocalChannel, other: LocalChannel) -> None:
        channel.add("fruit", "1.0")
        other.add("fruit", "2.0")
        other.add("pear", "1.0")
        wishes = ("fruit", "pear")
        assert versions(resolve_conda(spec_of(channel, other, wishes=wishes))) == {"fruit": "1.0", "pear": "1.0"}
        assert versions(resolve_conda(spec_of(other, channel, wishes=wishes))) == {"fruit": "2.0", "pear": "1.0"}

    def test_a_wish_may_name_its_channel(self, channel: LocalChannel, other: LocalChannel) -> None:
        channel.add("fruit", "1.0")
        other.add("fruit", "2.0")
        assert versions(resolve_conda(spec_of(channel, other, wishes=(f"{other.url}::fruit",)))) == {"fruit": "2.0"}

    def test_one_that_cannot_be_reached_is_named(self, channel: LocalChannel) -> None:
        with pytest.raises(ChannelUnreachableError) as caught:
            resolve_conda(spec_of(channel, NOWHERE, wishes=("fruit",)))
        assert caught.value.channels == (NOWHERE,)

    @pytest.mark.parametrize("address", ["http://[bad", "file:///no/such/folder", "http://me:secret@127.0.0.1:9/t/tk-12/lab"])
    def test_any_address_that_gives_nothing_is_unreachable_and_keeps_its_secrets(self, address: str) -> None:
        with pytest.raises(ChannelUnreachableError) as caught:
            resolve_conda(spec_of(address, wishes=("fruit",)))
        assert "secret" not in str(caught.value)
        assert "tk-12" not in str(caught.value)

    def test_a_folder_without_packages_is_unreachable(self, channel: LocalChannel) -> None:
        with pytest.raises(ChannelUnreachableError, match="404"):
            resolve_conda(spec_of(f"{channel.url}/nothing", wishes=("fruit",)))


class TestPython:
    def test_another_patch_release_stands_in(self, channel: LocalChannel) -> None:
        lock = resolve_conda(spec_of(channel, python=f"=={MINOR}.99"))
        assert (lock.python, said(lock).keys()) == (PYTHON, {"python-substituted"})

    def test_another_minor_stands_in_only_for_what_the_notebook_states(self, channel: LocalChannel) -> None:
        with pytest.raises(UnresolvableError, match=r"python ==3\.5\.2"):
            resolve_conda(spec_of(channel, python="==3.5.2"))
        lock = resolve_conda(replace(spec_of(channel), python=PythonWish("==3.5.2", STATED)))
        assert (lock.python, said(lock).keys()) == (PYTHON, {"python-substituted"})

    def test_the_one_of_the_packages_decides(self, channel: LocalChannel) -> None:
        channel.add_python(f"{MINOR}.0")
        channel.add("fruit", "1.0", depends=[f"python {MINOR}.0"])
        assert resolve_conda(spec_of(channel, wishes=("fruit",))).python == f"{MINOR}.0"


class TestWishesThatCannotBeMet:
    @pytest.mark.parametrize("wishes", [("nothing-such",), ("fruit=1.0", "fruit=2.0"), ("fruit>=3",), ("pear",)])
    def test_they_are_named_with_their_places(self, channel: LocalChannel, wishes: tuple[str, ...]) -> None:
        channel.add("fruit", "1.0")
        channel.add("fruit", "2.0")
        channel.add("pear", "1.0", depends=["fruit >=7"])
        with pytest.raises(UnresolvableError) as caught:
            resolve_conda(spec_of(channel, wishes=wishes))
        assert any(place.startswith("environment.yml, line 4") for place in caught.value.sources)
        assert set(caught.value.packages) & {wish(one).name for one in wishes}

    @pytest.mark.parametrize("text", ["fruit=", "fruit>>1", "fruit[version"])
    def test_what_cannot_be_read_counts_by_its_name_on_record(self, channel: LocalChannel, text: str) -> None:
        channel.add("fruit", "1.0")
        lock = resolve_conda(spec_of(channel, wishes=(wish(text, name="fruit"),)))
        assert versions(lock) == {"fruit": "1.0"}
        assert text in said(lock)["unreadable-requirement"]

    def test_another_hash_than_the_one_wished_is_on_record(self, channel: LocalChannel) -> None:
        sha256 = channel.add("fruit", "1.0")
        assert not resolve_conda(spec_of(channel, wishes=(wish("fruit", hashes=(f"sha256:{sha256}",)),))).deviations
        lock = resolve_conda(spec_of(channel, wishes=(wish("fruit", hashes=(f"md5:{'0' * 32}",)),)))
        assert said(lock).keys() == {"hash-differs"}

    def test_a_system_package_is_named(self, channel: LocalChannel) -> None:
        system = Wish("texlive", "texlive", Source(SourceKind.BINDER, "apt.txt", 1), kind=WishKind.SYSTEM)
        assert said(resolve_conda(spec_of(channel, wishes=(system,)))).keys() == {"system-not-provided"}

    def test_an_unknown_platform_is_refused(self, channel: LocalChannel) -> None:
        with pytest.raises(RequestError, match="bogus-99"):
            resolve_conda(spec_of(channel), platform="bogus-99")


class TestHashes:
    """A wrong hash means that nothing is installed."""

    @pytest.mark.parametrize("record", [{"sha256": "0" * 64}, {"sha256": None, "md5": "0" * 32}], ids=["sha256", "md5"])
    @pytest.mark.parametrize("is_conda", [True, False], ids=["conda", "tar"])
    @pytest.mark.parametrize("is_local", [True, False], ids=["file", "http"])
    def test_a_wrong_one(self, channel: LocalChannel, tmp_path: Path, record: dict[str, str], *, is_conda: bool, is_local: bool) -> None:
        channel.add("fruit", "1.0", files={"share/fruit.txt": "apple"}, record=record, is_conda=is_conda)
        folder = tmp_path / "built"
        with pytest.raises(EnvironmentBuildError, match="hash mismatch") as caught:
            install_conda(self._lock(channel, is_local=is_local), folder)
        assert caught.value.packages == ("fruit",)
        assert not folder.exists()

    @pytest.mark.parametrize("is_local", [True, False], ids=["file", "http"])
    def test_md5_does_where_there_is_no_sha256(self, channel: LocalChannel, tmp_path: Path, *, is_local: bool) -> None:
        channel.add("fruit", "1.0", files={"share/fruit.txt": "apple"}, record={"sha256": None})
        install_conda(self._lock(channel, is_local=is_local), tmp_path / "built")
        assert (tmp_path / "built" / "share" / "fruit.txt").read_text() == "apple"

    def test_a_package_that_is_in_the_cache_already_does_not_hide_it(self, channel: LocalChannel, tmp_path: Path) -> None:
        sha256 = channel.add("fruit", "1.0", files={"share/fruit.txt": "apple"})
        lock = self._lock(channel, is_local=False)
        install_conda(lock, tmp_path / "first")
        with pytest.raises(EnvironmentBuildError, match="hash mismatch"):
            install_conda(replace(lock, text=lock.text.replace(sha256, "f" * 64)), tmp_path / "second")
        assert not (tmp_path / "second").exists()

    def test_the_same_name_of_another_channel_is_another_package(self, channel: LocalChannel, other: LocalChannel, tmp_path: Path) -> None:
        channel.add("fruit", "1.0", files={"share/fruit.txt": "apple"})
        other.add("fruit", "1.0", files={"share/fruit.txt": "other"})
        for number, first in enumerate((channel, other)):
            lock = resolve_conda(spec_of(first, channel, wishes=("fruit",)))
            install_conda(lock, tmp_path / str(number))
        assert [(tmp_path / str(number) / "share/fruit.txt").read_text() for number in (0, 1)] == ["apple", "other"]

    def test_a_file_that_is_gone_is_an_error(self, channel: LocalChannel, tmp_path: Path) -> None:
        channel.add("fruit", "1.0")
        for is_local in (True, False):
            lock = self._lock(channel, is_local=is_local)
            (channel.folder / "noarch" / "fruit-1.0-0.conda").unlink(missing_ok=True)
            with pytest.raises(EnvironmentBuildError, match=r"fruit-1\.0-0\.conda"):
                install_conda(lock, tmp_path / "built")
            assert not (tmp_path / "built").exists()

    def test_a_channel_without_md5_cannot_be_locked(self, channel: LocalChannel) -> None:
        channel.add("fruit", "1.0", record={"md5": None})
        with pytest.raises(UnresolvableError, match="MD5"):
            resolve_conda(spec_of(channel, wishes=("fruit",)))

    def _lock(self, channel: LocalChannel, *, is_local: bool) -> Lock:
        lock = resolve_conda(spec_of(channel, wishes=("fruit",)))
        return replace(lock, text=lock.text.replace(channel.url, channel.folder.as_uri())) if is_local else lock


def test_a_file_that_was_overwritten_through_a_link_is_fetched_anew(channel: LocalChannel, tmp_path: Path) -> None:
    channel.add("fruit", "1.0", files={"share/fruit.txt": "apple"})
    lock = resolve_conda(spec_of(channel, wishes=("fruit",)))
    install_conda(lock, tmp_path / "first")
    (tmp_path / "first" / "share" / "fruit.txt").write_text("melon")
    told: list[str] = []
    install_conda(lock, tmp_path / "second", on_progress=told.append)
    assert (tmp_path / "second" / "share" / "fruit.txt").read_text() == "apple"
    assert any("fruit" in one and "anew" in one for one in told)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: "[", "no YAML"),
        (lambda text: "version: 2\n", "version 2"),
        (lambda text: text.replace("version: 1\n", ""), "version none"),
        (lambda text: "version: 1\npackage: []\n", "metadata"),
        (lambda text: text.replace("platform: linux-64", "platform: osx-64"), "only osx-64"),
        (lambda text: text.replace("/noarch/fruit-1.0-0.conda", ""), "address"),
        (lambda text: text.replace("version: '1.0'", "version: 1.0"), "version"),
        (lambda text: "a: &a [x]\nb: [" + "*a, " * 200 + "]\n", "references"),
    ],
)
def test_a_lock_that_cannot_be_read_says_why(channel: LocalChannel, change: Callable[[str], str], message: str) -> None:
    channel.add("fruit", "1.0")
    text = resolve_conda(spec_of(channel, wishes=("fruit",)), platform="linux-64").text
    with pytest.raises(RequestError, match=message):
        read_conda_lock(change(text), platform="linux-64")


@pytest.mark.parametrize(
    "own", ["", "7", '{"deviations": 7, "because": [], "files": {"fruit": 3}, "cut": "never"}', '{"deviations": [["a"]]}']
)
def test_what_is_no_part_of_the_format_does_no_harm(channel: LocalChannel, own: str) -> None:
    channel.add("fruit", "1.0")
    content = yaml.safe_load(resolve_conda(spec_of(channel, wishes=("fruit",))).text)
    content["metadata"]["custom_metadata"]["nbrepro"] = own
    lock = read_conda_lock(yaml.safe_dump(content))
    assert (versions(lock), lock.deviations, lock.cut) == ({"fruit": "1.0"}, (), None)


def test_a_folder_that_is_there_is_left_alone(channel: LocalChannel, tmp_path: Path) -> None:
    lock = resolve_conda(spec_of(channel))
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RequestError, match="exists"):
        install_conda(lock, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_kernel_comes_from_pip_where_the_channels_have_none(other: LocalChannel) -> None:
    other.add_python()
    assert [one.slug for one in resolve_conda(spec_of(other)).deviations] == ["kernel-from-pip", "pip-left-out"]


def test_it_works_where_an_event_loop_is_running(channel: LocalChannel) -> None:
    import asyncio

    async def asked() -> tuple[Deviation, ...]:
        return resolve_conda(spec_of(channel)).deviations

    assert asyncio.run(asked()) == ()


def test_the_program_that_links_ends_with_whoever_asked_for_it(tmp_path: Path) -> None:
    program = Path(installing.__file__).with_name("linking.py")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/channel/noarch/fruit-1.0-0.conda"
        record = CondaRecord("fruit", "1.0", "0", "noarch", url, md5="0" * 32)
        fields = {name: getattr(record, name) for name in (*CondaRecord.__slots__, "file_name", "channel", "build_number")}
        request = {"records": [fields | {"noarch": "generic"}], "folder": str(tmp_path / "built"), "cache": str(tmp_path / "packages")}
        process = subprocess.Popen([sys.executable, "-P", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        connection, _ = silent.accept()
        with connection:
            assert process.poll() is None
            assert process.communicate(timeout=60)[0] == ""
        assert process.returncode == 2
