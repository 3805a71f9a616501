"""Ordered dicts, whose repr Python 3.12 has changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nbrepro.comparison.normalizations.registry import Normalization, each

_TOKEN = re.compile(r"[{}\[\]()]|,\s*+|'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\"")
_CLOSING = {"{": "}", "[": "]", "(": ")"}
_NAME = "OrderedDict("
_PAIR = 2


@dataclass(slots=True)
class _Bracket:
    """An open bracket with what stands in it."""

    kind: str
    is_items: bool = False
    """Whether it holds the items of an ordered dict."""
    text: list[str] = field(default_factory=list)
    """What was read, as it will be written."""
    elements: list[str] = field(default_factory=list)
    """What stands between the commas, without the last one."""
    begin: int = 0
    """Where in `text` the current element begins."""
    pairs: list[str | None] = field(default_factory=list)
    """Each element that is a tuple of two, as an item of a dict."""

    def comma(self, mark: str) -> None:
        self.elements.append(self.current)
        self.text.append(mark)
        self.begin = len(self.text)

    @property
    def current(self) -> str:
        return "".join(self.text[self.begin :])

    @property
    def as_item(self) -> str | None:
        """A tuple of two as an item of a dict; None for any other one."""
        value = self.current
        return f"{self.elements[0]}: {value}" if self.kind == "(" and len(self.elements) == _PAIR - 1 and value.strip() else None

    @property
    def whole(self) -> str:
        return self.kind + "".join(self.text) + _CLOSING[self.kind]


def _modernize(text: str) -> str:
    """The text with every `OrderedDict([('a', 1)])` written as `OrderedDict({'a': 1})`; what is anything else stays."""
    if f"{_NAME}[" not in text:
        return text
    outside = _Bracket("")
    stack = [outside]
    position = 0
    for match in _TOKEN.finditer(text):
        mark, start = match[0], match.start()
        top = stack[-1]
        top.text.append(text[position:start])
        position = match.end()
        if mark in _CLOSING:
            stack.append(_Bracket(mark, mark == "[" and text.endswith(_NAME, max(0, start - len(_NAME)), start)))
        elif mark == _CLOSING.get(top.kind):
            stack.pop()
            _put(stack[-1], top)
        elif mark[0] == "," and top.kind:
            top.comma(mark)
        else:
            top.text.append(mark)
    return "".join(part for bracket in stack for part in (bracket.kind, *bracket.text)) + text[position:]


def _put(outer: _Bracket, closed: _Bracket) -> None:
    """Write a bracket that was closed into the one around it."""
    if closed.is_items and (items := _as_items(closed)) is not None:
        outer.text.append("{" + items + "}")
        return
    if outer.is_items:
        outer.pairs.append(closed.as_item)
    outer.text.append(closed.whole)


def _as_items(bracket: _Bracket) -> str | None:
    """The items of an ordered dict, with the white space between them; None where one of them is no tuple of two."""
    if len(bracket.pairs) != len(bracket.elements) + 1 or None in bracket.pairs:
        return None
    if any(element[:1] != "(" or element[-1:] != ")" for element in (*bracket.elements, bracket.current)):
        return None
    commas = [part for part in bracket.text if part[:1] == ","]
    return "".join(part for pair in zip(bracket.pairs, [*commas, ""], strict=True) for part in pair if part)


NORMALIZATIONS = (
    Normalization(
        "ordered-dict-reprs",
        "Python 3.12 writes `OrderedDict({'a': 1})` for `OrderedDict([('a', 1)])`; the order of the items counts.",
        each(_modernize),
        ("OrderedDict([",),
    ),
)
