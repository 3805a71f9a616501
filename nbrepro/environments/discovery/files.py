"""Reading the files of a project that may hold anything: bounded, never outside the project, never an unexpected error."""

from __future__ import annotations

import codecs
import posixpath
import stat
from dataclasses import dataclass
from pathlib import Path

from nbrepro.model import Source, SourceKind

MAXIMUM_BYTES = 1 << 20
"""No declaration written by people is longer; what is, is no declaration."""
MAXIMUM_LOCK_BYTES = 8 << 20
"""Locks are written by machines: a few hundred packages with all their hashes come to some megabytes."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableFileError(Exception):
    """A file of the project can't be read; the message says why and becomes a problem of the declaration."""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A file that declares something, and as what it counts."""

    project: Path
    """Root of the project, absolute."""
    path: str
    """Relative to the project, with slashes."""
    kind: SourceKind

    @property
    def folder(self) -> str:
        """Its folder, relative to the project; `.` for the root."""
        return posixpath.dirname(self.path) or "."

    def name_of(self, folder: str) -> str:
        """The name of a folder of the project; for the root that of the project's folder."""
        return posixpath.basename(folder) if folder != "." else self.project.name

    def source(self, line: int | None = None) -> Source:
        """A line of it, for messages and answers."""
        return Source(self.kind, self.path, line)

    def sibling(self, name: str) -> ProjectFile:
        """The file that this one names: relative to its own folder."""
        return ProjectFile(self.project, relative(self.folder, name), self.kind)

    def exists(self) -> bool:
        """Whether there is such a file within the project."""
        try:
            return _resolved(self).is_file()
        except UnreadableFileError:
            return False

    def text(self, maximum: int = MAXIMUM_BYTES) -> str:
        """Its text, however it is encoded.

        Raises:
            UnreadableFileError: it is absent, not a regular file, outside the project, too long, or no text.
        """
        path = _resolved(self)
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFileError("is no regular file")
            if status.st_size > maximum:
                raise UnreadableFileError(f"has {status.st_size:,} bytes; no more than {maximum:,} are read")
            with path.open("rb") as stream:
                content = stream.read(maximum)
        except OSError as error:
            raise UnreadableFileError(f"can't be read ({error.strerror or type(error).__name__})") from error
        return decoded(content)


def relative(folder: str, name: str) -> str:
    r"""A path that is written in a file of `folder`, relative to the project; it may still lead out of it.

    >>> relative("docs", "../requirements.txt"), relative(".", r"sub\a.txt")
    ('requirements.txt', 'sub/a.txt')
    """
    return posixpath.normpath(posixpath.join(folder, name.replace("\\", "/")))


def _resolved(file: ProjectFile) -> Path:
    try:
        path = (file.project / file.path).resolve()
        if path.is_relative_to(file.project.resolve()):
            return path
    except (OSError, RuntimeError, ValueError) as error:
        raise UnreadableFileError("can't be found: its path or a link on it leads nowhere") from error
    raise UnreadableFileError("leads out of the project, so it is not read")


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8, or what its byte order mark says (PowerShell's `>` writes UTF-16), else Latin-1.

    Raises:
        UnreadableFileError: it is no text.

    >>> decoded("numpy".encode("utf-16"))
    'numpy'
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None) or _unmarked(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise UnreadableFileError("is no text")
    return text


def _unmarked(content: bytes) -> str:
    """UTF-16 without a mark shows by the zero byte of each ASCII character."""
    sample = content[:200]
    if sample[1::2].count(0) > len(sample) // 4 and 0 not in sample[::2]:
        return "utf-16-le"
    if sample[::2].count(0) > len(sample) // 4 and 0 not in sample[1::2]:
        return "utf-16-be"
    return "utf-8"
