"""Where two outputs part, as text: the line and, within it, the words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from nbrepro.model import Display, ErrorOutput, Output, OutputComparison, Stream, Verdict
from nbrepro.reports.characters import as_shown, visible, without_ansi

MAX_CHARACTERS = 200_000
"""Of one output; difflib's time grows with the square of what differs."""
MAX_COMPARED_LINES = 400
MAX_LINE_CHARACTERS = 400
MAX_SHOWN_LINES = 3
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_PICTURES = ("image/", "application/pdf", "audio/", "video/")


@dataclass(frozen=True, slots=True)
class Change:
    """Lines of the expected output, and the lines of the observed one that stand in their place."""

    expected: tuple[str, ...]
    observed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Two lines that stand side by side; None where a side has no line there."""

    expected: tuple[Piece, ...] | None
    observed: tuple[Piece, ...] | None
    changed: bool


def text_of(output: Output | None, kind: str = "") -> str | None:
    """An output as text to be read; None where it has no text that says something, as a picture.

    Args:
        output: None gives None.
        kind: MIME type that is wanted of a display; if it is absent or HTML, `text/plain` is taken.
    """
    if isinstance(output, Stream):
        return as_shown(output.text[:MAX_CHARACTERS])
    if isinstance(output, ErrorOutput):
        return visible(without_ansi(output.words[:MAX_CHARACTERS]))
    return _text_of_display(output, kind) if isinstance(output, Display) else None


def _text_of_display(display: Display, kind: str) -> str | None:
    if kind not in display.data or (kind == "text/html" and "text/plain" in display.data):
        kind = "text/plain"
    payload = display.data.get(kind)
    if payload is None or (kind.startswith(_PICTURES) and kind != "image/svg+xml"):
        return None
    text = payload if isinstance(payload, str) else json.dumps(payload, indent=1, sort_keys=True, default=str, ensure_ascii=False)
    return visible(without_ansi(text[:MAX_CHARACTERS]))


def first_change(output: OutputComparison) -> Change | None:
    """The first lines that differ; None where neither side has text, or the texts read the same."""
    expected, observed = text_of(output.expected, output.kind), text_of(output.observed, output.kind)
    if expected is None and observed is None:
        return None
    if output.expected and output.observed and output.verdict in {Verdict.MISSING, Verdict.EXTRA}:
        return None  # one representation of two is absent: the text of another one would mislead
    before, after = (expected or "").splitlines(), (observed or "").splitlines()
    for tag, start, end, other_start, other_end in _opcodes(before, after):
        if tag != "equal":
            shown = slice(start, min(end, start + MAX_SHOWN_LINES)), slice(other_start, min(other_end, other_start + MAX_SHOWN_LINES))
            return Change(tuple(before[shown[0]]), tuple(after[shown[1]]))
    return None


def rows(expected: str, observed: str) -> Iterator[Row]:
    """The lines of two texts side by side, with the words that changed."""
    before, after = expected.splitlines(), observed.splitlines()
    for tag, start, end, other_start, other_end in _opcodes(before, after):
        for left, right in zip_longest(before[start:end], after[other_start:other_end]):
            if tag == "equal":
                yield Row((Piece(left),), (Piece(right),), changed=False)
            else:
                yield _changed_row(left, right)


def _changed_row(left: str | None, right: str | None) -> Row:
    if left is None or right is None:
        alone = (Piece(left or right or "", changed=True),)
        return Row(alone if right is None else None, alone if left is None else None, changed=True)
    return Row(*_pieces(left, right), changed=True)


def _pieces(left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    if max(len(left), len(right)) > MAX_LINE_CHARACTERS:
        return (Piece(left, changed=True),), (Piece(right, changed=True),)
    before, after = _WORDS.findall(left), _WORDS.findall(right)
    ours, theirs = [], []
    for tag, start, end, other_start, other_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        ours.append(Piece("".join(before[start:end]), changed=tag != "equal"))
        theirs.append(Piece("".join(after[other_start:other_end]), changed=tag != "equal"))
    return tuple(piece for piece in ours if piece.text), tuple(piece for piece in theirs if piece.text)


def _opcodes(before: list[str], after: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """As `SequenceMatcher.get_opcodes`; what differs is aligned only where it is short enough to be quick."""
    head = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    longest = min(len(before), len(after)) - head
    tail = next((i for i in range(longest) if before[-1 - i] != after[-1 - i]), longest)
    if head:
        yield "equal", 0, head, 0, head
    ends = len(before) - tail, len(after) - tail
    yield from _aligned(before, after, head, ends)
    if tail:
        yield "equal", ends[0], len(before), ends[1], len(after)


def _aligned(before: list[str], after: list[str], head: int, ends: tuple[int, int]) -> Iterator[tuple[str, int, int, int, int]]:
    if head == ends[0] and head == ends[1]:
        return
    if max(ends) - head > MAX_COMPARED_LINES:
        yield "replace", head, ends[0], head, ends[1]
        return
    matcher = SequenceMatcher(None, before[head : ends[0]], after[head : ends[1]], autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        yield tag, head + start, head + end, head + other_start, head + other_end
