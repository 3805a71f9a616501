"""Inline metadata of scripts (PEP 723), which juv writes into a cell of the notebook, and the lock that it keeps beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding, Index, problem
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.toml_tables import read_toml, table, tables, texts
from nbrepro.model import Source

_BLOCK = re.compile(r"(?m)^# /// script[ \t]*$\s(?P<content>(?:^#(?:| .*)$\s?)+?)^# ///[ \t]*$")
_LOCK_KEY = "uv.lock"
"""Under which juv keeps the lock in the notebook's metadata."""
_MAXIMUM_CELL = 100_000


def read_script(content: Mapping[str, Any], file: ProjectFile) -> Iterator[Finding]:
    """The block of the first cell that has one; a second block is a problem, as the specification says."""
    found = False
    for number, cell in enumerate(content.get("cells", ()), start=1):
        source = str(cell.get("source", ""))
        if "# /// script" not in source or len(source) > _MAXIMUM_CELL:
            continue
        for block in _BLOCK.finditer(source):
            if found:
                yield problem(file.source(number), "has a second script block, which is not read")
                continue
            found = True
            yield from _block(block["content"], file, file.source(number))


def _block(block: str, file: ProjectFile, source: Source) -> Iterator[Finding]:
    text = "\n".join(line[2:] if line.startswith("# ") else line[1:] for line in block.splitlines())
    content = yield from read_toml(text, source, "has a script block that is no TOML")
    if content is None:
        return
    if isinstance(content.get("requires-python"), str):
        yield from python_wish(content["requires-python"], source)
    for requirement in texts(content.get("dependencies")):
        yield from read_requirement(requirement, file, source)
    for index in tables(table(content, "tool", "uv").get("index")):
        if isinstance(index.get("url"), str):
            yield Index(index["url"])


def stored_lock(content: Mapping[str, Any]) -> str | None:
    """The lock that juv keeps in the notebook's metadata; None where there is none."""
    lock = content.get("metadata", {}).get(_LOCK_KEY)
    return lock if isinstance(lock, str) and lock.strip() else None
