"""Git repositories and stores for tests: real ones."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from harness import Example, code, result, stdout

ADDED = Example(cells=[code("1 + 1", result("2"), count=1), code("print('a')", stdout("a\n"), count=2)])


def git(folder: Path, *arguments: str, date: str = "2020-01-01T12:00:00+00:00") -> str:
    """Run git as somebody, at some time."""
    variables = os.environ | {
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, env=variables)
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    """An empty repository."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def commit(folder: Path, files: Mapping[str, str | bytes], date: str = "2020-01-01T12:00:00+00:00") -> str:
    """Write files and commit them; gives the commit."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=more", date=date)
    return git(folder, "rev-parse", "HEAD")
