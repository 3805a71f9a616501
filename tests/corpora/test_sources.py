"""What a corpus is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from corpora.repositories import ADDED, repository

from nbrepro.corpora.sources import Source, SourceKind, moment, source, sources
from nbrepro.errors import RequestError


@pytest.mark.parametrize(
    ("address", "commit", "name"),
    [
        ("https://example.org/owner/name", None, "owner/name"),
        ("https://example.org/owner/name.git@0123abc", "0123abc", "owner/name"),
        ("git@example.org:owner/name.git", None, "owner/name"),
        (
            "ssh://git@example.org/owner/name@0123456789abcdef0123456789abcdef01234567",
            "0123456789abcdef0123456789abcdef01234567",
            "owner/name",
        ),
        ("https://user@example.org/owner/name", None, "owner/name"),
    ],
)
def test_addresses_of_repositories(address: str, commit: str | None, name: str) -> None:
    found = source(address)
    assert (found.kind, found.commit, found.name) == (SourceKind.GIT, commit, name)
    assert "0123abc" not in found.address


def test_paths_are_what_they_are(tmp_path: Path) -> None:
    notebook = ADDED.write(tmp_path)
    (tmp_path / "a.zip").write_bytes(b"")
    plain = repository(tmp_path / "plain")
    assert source(str(notebook)).kind is SourceKind.NOTEBOOK
    assert source(str(tmp_path)).kind is SourceKind.FOLDER
    assert source(str(tmp_path / "a.zip")).kind is SourceKind.ZIP
    assert source(str(plain)).kind is SourceKind.FOLDER, "the files as they stand"
    assert source(f"{plain}@0123abc").kind is SourceKind.GIT
    assert source(str(plain), as_of=datetime(2020, 1, 1, tzinfo=UTC)).kind is SourceKind.GIT


def test_a_path_that_is_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no such file"):
        sources([tmp_path / "absent"])
    with pytest.raises(RequestError, match="which notebooks"):
        sources([])


def test_a_list_names_repositories_commits_dates_and_notebooks(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "\ufeffrepo,commit,as_of,notebook,note\n"
        "owner/one,0123abc,,a.ipynb,\n"
        "owner/one,0123abc,,b.ipynb,\n"
        "owner/two,,2020-03-01,,x\n"
        "here,,,,\n",
        encoding="utf-8",
    )
    (tmp_path / "here").mkdir()
    one, two, here = sources([path], repositories="https://example.org/{owner}/{name}")
    assert one == Source(SourceKind.GIT, "https://example.org/owner/one", "owner/one", "0123abc", None, ("a.ipynb", "b.ipynb"))
    assert two.as_of == moment("2020-03-01")
    assert (here.kind, here.address) == (SourceKind.FOLDER, str(tmp_path / "here"))


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text(
        '{"source": "https://example.org/a/b", "notebooks": ["a.ipynb"]}\n\n{"path": "/absent", "commit": null}\n', encoding="utf-8"
    )
    first, second = sources([path])
    assert first.notebooks == ("a.ipynb",)
    assert second.address == "/absent", "what a list names may be absent: this is a result, not a refusal of the whole list"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "name\nx\n", "line 2: expected one of the columns"),
        ("a.csv", 'repo\n"torn\n', "CSV"),
        ("a.csv", "repo,date\na/b,yesterday\n", "line 2: expected a date"),
        ("a.jsonl", '{"repo": "a/b"}\n[1]\n', "line 2: expected a JSON object"),
        ("a.jsonl", "{", "line 1: expected a JSON object"),
        ("a.csv", "url;stars\nx;3\n", "found the columns url;stars"),
        ("a.csv", '"two\nlines",url\nx,a/b\ny,\n', "line 4: .* found nothing in url"),
        ("a.jsonl", '{"url": ' + "[" * 100_000 + "]" * 100_000 + "}", "line 1: expected a JSON object"),
        ("a.jsonl", '{"url": "a\\u0000b"}', "line 1: .* a zero byte"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_its_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=message):
        sources([path])


def test_a_pattern_without_a_place_for_the_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("repo\na/b\n", encoding="utf-8")
    with pytest.raises(RequestError, match="expected an address"):
        sources([path], repositories="https://example.org/{nobody}")


def test_headers_and_lines_of_lists_may_be_written_otherwise(tmp_path: Path) -> None:
    table, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    table.write_text('Note,URL , Commit\r\n"two\r\nlines\u2028",https://example.org/a/b,0123abc\r\n', encoding="utf-8")
    lines.write_text('{"note": "a\u2028b\x85c", "Repository": "https://example.org/a/b", "commit": "0123abc"}\r\n', encoding="utf-8")
    assert sources([table]) == sources([lines])
    assert sources([table])[0].commit == "0123abc"
