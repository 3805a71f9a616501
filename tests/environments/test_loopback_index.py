"""The machine's package index as it is read for Python 2.7, and the index on 127.0.0.1 that pip sees of it."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from environments.local_index import LocalIndex

from nbrepro.environments import storage
from nbrepro.environments.resolution.loopback_index import LoopbackIndex
from nbrepro.environments.resolution.simple_index import PYPI, IndexFile, SimpleIndex, machine_index
from nbrepro.errors import EnvironmentBuildError, RequestError


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def upstream() -> Iterator[LocalIndex]:
    with LocalIndex() as index:
        index.add("fruit", "1.0", tag="py2-none-any", uploaded="2016-01-01")
        index.add("fruit", "2.0", tag="py2.py3-none-any", requires_python=">=3", uploaded="2018-01-01")
        yield index


@contextmanager
def answering(code: int, headers: dict[str, str], body: bytes = b"", seen: list[str] | None = None) -> Iterator[str]:
    """A server that gives every request the same answer; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if seen is not None:
                seen.append(self.headers.get("Authorization", ""))
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def fetched(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as response:
        return str(response.read().decode("latin-1"))


def code_of(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def files_of(index: SimpleIndex, name: str = "fruit") -> tuple[IndexFile, ...]:
    files = index.files(name)
    assert files is not None
    return files


def test_pip_sees_only_what_is_offered(upstream: LocalIndex) -> None:
    source = SimpleIndex(upstream.url)
    with LoopbackIndex(lambda name: files_of(source)[:1] if name == "fruit" else None, source.content) as index:
        page = fetched(f"{index.url}/Fruit/")
        assert page.count("<a ") == 1
        assert "127.0.0.1" not in page
        host, link = index.url.split("/")[2], page.split('href="')[1].split("#")[0]
        assert fetched(f"http://{host}{link}").startswith("PK")
        assert code_of(f"{index.url}/nothing/") == 404
        assert list(index.empty) == ["nothing"]


def test_the_python_that_a_wheel_needs_is_passed_on(upstream: LocalIndex) -> None:
    source = SimpleIndex(upstream.url)
    with LoopbackIndex(source.files, source.content) as index:
        assert 'data-requires-python="&gt;=3"' in fetched(f"{index.url}/fruit/")


def test_whoever_does_not_know_the_word_gets_nothing(upstream: LocalIndex) -> None:
    source = SimpleIndex(upstream.url)
    with LoopbackIndex(source.files, source.content) as index:
        assert index.url.startswith("http://127.0.0.1:")
        host, word = index.url.removeprefix("http://").split("/")[:2]
        for wrong in ("", f"/{word[:-1]}", f"/{word}x", "/%C3%A9"):
            assert code_of(f"http://{host}{wrong}/simple/fruit/") == 404


def test_a_file_that_was_not_offered_is_not_given(upstream: LocalIndex) -> None:
    source = SimpleIndex(upstream.url)
    with LoopbackIndex(lambda _: files_of(source)[:1], source.content) as index:
        fetched(f"{index.url}/fruit/")
        other = files_of(source)[1]
        assert code_of(f"{index.url.removesuffix('/simple')}/files/{other.sha256}/{other.name}") == 404


def test_another_file_than_the_listed_one_is_a_problem_and_is_not_kept(upstream: LocalIndex) -> None:
    source = SimpleIndex(upstream.url)
    swapped = replace(files_of(source)[0], sha256="0" * 64)
    with LoopbackIndex(lambda _: [swapped], source.content) as index:
        fetched(f"{index.url}/fruit/")
        assert code_of(f"{index.url.removesuffix('/simple')}/files/{swapped.sha256}/{swapped.name}") == 502
    assert "is not the file that the index lists" in str(index.problems[0])
    assert not list((storage.root() / "files").iterdir())


def test_a_file_is_fetched_once(upstream: LocalIndex) -> None:
    file = files_of(SimpleIndex(upstream.url))[0]
    first = SimpleIndex(upstream.url).content(file)
    assert SimpleIndex("http://127.0.0.1:9/simple").content(file) == first


@pytest.mark.parametrize(
    ("name", "project", "version"),
    [
        ("functools32-3.2.3-2.tar.gz", "functools32", "3.2.3.post2"),
        ("backports.abc-0.5.zip", "backports-abc", "0.5"),
        ("python_dateutil-2.6.0-py2.py3-none-any.whl", "python-dateutil", "2.6.0"),
    ],
)
def test_names_of_old_files_are_read(name: str, project: str, version: str) -> None:
    listed = {"files": [{"filename": one, "url": "x", "hashes": {"sha256": "00"}} for one in (name, "a-1.egg", "a-1.exe")]}
    with answering(200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, json.dumps(listed).encode()) as host:
        files = files_of(SimpleIndex(f"http://{host}/simple"), project)
    assert [(file.name, str(file.version)) for file in files] == [(name, version)]


def test_an_index_that_says_no_dates_is_refused() -> None:
    with answering(200, {"Content-Type": "text/html"}) as host, pytest.raises(RequestError, match="JSON form"):
        SimpleIndex(f"http://{host}/simple").files("fruit")


def test_credentials_go_to_the_index_and_nowhere_else() -> None:
    seen: list[str] = []
    elsewhere: list[str] = []
    with (
        answering(403, {}, seen=elsewhere) as other,
        # By another name, which is another host.
        answering(302, {"Location": f"http://{other.replace('127.0.0.1', 'localhost')}/"}, seen=seen) as host,
    ):
        index = SimpleIndex(f"http://someone:secret@{host}/simple")
        with pytest.raises(EnvironmentBuildError) as caught:
            index.files("fruit")
    assert (seen, elsewhere) == (["Basic c29tZW9uZTpzZWNyZXQ="], [""])
    assert "secret" not in f"{caught.value}{index!r}"
    assert host not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "files", "expected"),
    [
        ({}, {}, PYPI),
        ({"PIP_INDEX_URL": "http://pip/simple"}, {}, "http://pip/simple"),
        ({"PIP_INDEX_URL": "http://pip/simple", "UV_INDEX_URL": "http://uv/simple"}, {}, "http://uv/simple"),
        ({"UV_DEFAULT_INDEX": "mine=http://uv/simple"}, {}, "http://uv/simple"),
        ({"UV_DEFAULT_INDEX": "http://uv/simple?a=b"}, {}, "http://uv/simple?a=b"),
        ({}, {"pip/pip.conf": "[global]\nindex-url = http://pip/simple\n"}, "http://pip/simple"),
        (
            {},
            {"uv/uv.toml": '[[index]]\nurl = "http://uv/simple"\ndefault = true\n', "pip/pip.conf": "[global]\nindex-url=http://pip\n"},
            "http://uv/simple",
        ),
        ({}, {"uv/uv.toml": "no toml", "pip/pip.conf": "index-url = no section"}, PYPI),
    ],
)
def test_the_index_is_the_one_of_this_machine(
    variables: dict[str, str], files: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE", "PIP_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), **variables}.items():
        monkeypatch.setenv(name, value)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert machine_index().address == expected
