"""What a file is that is named like a notebook and is none."""

from __future__ import annotations

import re

_MERGE_CONFLICT = re.compile(r"^<{7} .*\r?$(?s:.*?)^={7}\r?$", re.MULTILINE)
_BEGINNING = 2000
_SIGNATURES = {
    "\x89PNG": "a PNG picture",
    "\xff\xd8\xff": "a JPEG picture",
    "%PDF-": "a PDF document",
    "PK\x03\x04": "a ZIP archive: unpack it first",
    "\x1f\x8b": "a compressed file: unpack it first",
}
"""First bytes of other files, each byte as the character of its number."""


def recognised(text: str) -> str:
    r"""What the text is, in words; empty if nothing is recognised.

    >>> recognised("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    'a pointer of git LFS: the file itself was not downloaded (git lfs pull)'
    """
    if text.startswith("version https://git-lfs.github.com/spec/"):
        return "a pointer of git LFS: the file itself was not downloaded (git lfs pull)"
    conflict = _MERGE_CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        return f"marks of a merge conflict in git, the first in line {line}: resolve it first"
    beginning = text[:_BEGINNING].lstrip().lower()
    if beginning.startswith("<") and ("<html" in beginning or "<!doctype html" in beginning):
        return "an HTML page: download the raw file instead"
    return next((words for start, words in _SIGNATURES.items() if text.startswith(start)), "")
