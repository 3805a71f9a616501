"""Order of the elements of sets and dicts that are printed as Python literals; the order of lists and tuples counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nbrepro.comparison.normalizations.registry import Normalization, each

_TOKEN = re.compile(r"[{}\[\]()]|,\s+|: |'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\"")
_ATOM = re.compile(r"(?:[bru]{0,2}(?:'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\")|[-+]?[\d.][\w.+-]*+|None|True|False|nan|inf)\s*\Z")
_CLOSING = {"{": "}", "[": "]", "(": ")"}
_DEEPEST = 200


@dataclass(slots=True)
class _Bracket:
    """An open bracket: the elements that are complete, the separators between them, and where the current one starts."""

    kind: str
    before: str
    pieces: list[str] = field(default_factory=list)
    """Text of the element that is being read."""
    elements: list[str] = field(default_factory=list)
    separators: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """Text before the first colon of each element that has one."""
    has_key: bool = False

    def end_element(self) -> None:
        self.elements.append("".join(self.pieces))
        self.pieces = []
        self.has_key = False

    def start_value(self) -> None:
        if not self.has_key:
            self.has_key = True
            self.keys.append("".join(self.pieces))


def _sort(text: str, *, dicts: bool) -> str:
    """A text in which the elements of every set (or the items of every dict) stand in a fixed order."""
    outside = _Bracket("", "")
    stack = [outside]
    position = 0
    for match in _TOKEN.finditer(text):
        mark, start = match[0], match.start()
        top = stack[-1]
        top.pieces.append(text[position:start])
        position = match.end()
        if mark in _CLOSING and len(stack) <= _DEEPEST:
            stack.append(_Bracket(mark, text[max(0, start - 12) : start]))
        elif mark == _CLOSING.get(top.kind):
            stack.pop()
            stack[-1].pieces.append(_close(top, dicts=dicts))
        elif mark[0] == "," and top.kind:
            top.end_element()
            top.separators.append(mark)
        else:
            if mark == ": " and top.kind == "{":
                top.start_value()
            top.pieces.append(mark)
    stack[-1].pieces.append(text[position:])
    while len(stack) > 1:
        unclosed = stack.pop()
        stack[-1].pieces.append(unclosed.kind + _join(unclosed.elements, unclosed.separators) + "".join(unclosed.pieces))
    return "".join(outside.pieces)


def _close(bracket: _Bracket, *, dicts: bool) -> str:
    bracket.end_element()
    is_unordered = _is_dict(bracket) if dicts else _is_set(bracket)
    elements = sorted(bracket.elements) if is_unordered else bracket.elements
    return bracket.kind + _join(elements, bracket.separators) + _CLOSING[bracket.kind]


def _is_set(bracket: _Bracket) -> bool:
    return bracket.kind == "{" and not bracket.keys and all(map(_is_literal, bracket.elements))


def _is_dict(bracket: _Bracket) -> bool:
    if bracket.kind != "{" or len(bracket.keys) != len(bracket.elements) or bracket.before.endswith("OrderedDict("):
        return False
    return all(map(_is_literal, bracket.keys))


def _join(elements: list[str], separators: list[str]) -> str:
    """Elements with their separators, each in its old place: line breaks stay where they were."""
    return "".join(part for pair in zip(elements, [*separators, ""], strict=False) for part in pair)


def _is_literal(element: str) -> bool:
    """Whether an element is a Python literal; LaTeX and prose also put things into braces."""
    stripped = element.strip()
    return bool(_ATOM.match(stripped)) or stripped[:1] == "(" or stripped.startswith("frozenset({")


def _sort_sets(text: str) -> str:
    return _sort(text, dicts=False)


def _sort_dicts(text: str) -> str:
    return _sort(text, dicts=True) if ": " in text and "{" in text else text


NORMALIZATIONS = (
    Normalization(
        "set-order",
        "The elements of a printed set may stand in any order; those of a list or tuple may not.",
        each(_sort_sets),
        ("{",),
    ),
    Normalization(
        "dict-order",
        "The items of a printed dict may stand in any order, as in Python before 3.7; those of an OrderedDict may not.",
        each(_sort_dicts),
        ("{",),
    ),
)
