"""Foreign characters made harmless and visible: what a notebook wrote must not steer a terminal, a page or a parser."""

from __future__ import annotations

import re

from nbrepro.comparison.terminal import rendered

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_CONTROL_PICTURES = 0x2400
_DELETE = "\x7f"


def without_ansi(text: str) -> str:
    r"""The text without escape sequences (colours, cursor movements, links, titles).

    >>> without_ansi("\x1b[31mred\x1b[0m")
    'red'
    """
    return _ANSI.sub("", text)


def visible(text: str) -> str:
    r"""The text with every control character, direction override and lone surrogate replaced by something to see.

    Line feeds and tabs stay. The result can be written as UTF-8, in XML, and to a terminal.

    >>> visible("a\x00b\u202ec")
    'a␀b⟨U+202E⟩c'
    """
    return _CONTROLS.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    character = match[0]
    if character == _DELETE:
        return "␡"
    return chr(_CONTROL_PICTURES + ord(character)) if character < " " else f"⟨U+{ord(character):04X}⟩"


def as_shown(text: str) -> str:
    r"""Stream text as a screen would leave it: colours gone, lines written over where they were.

    >>> as_shown("10 %\r20 %\r100 %\ndone\r\n")
    '100 %\ndone\n'
    """
    return visible(rendered(text))


def one_line(text: str, width: int = 200) -> str:
    r"""The text in one line of at most so many characters, an ellipsis where something was cut.

    >>> one_line("a\n  b", 10), one_line("abcdefgh", 4)
    ('a b', 'abc…')
    """
    line = visible(without_ansi(" ".join(text[: 20 * width].split())))
    return line if len(line) <= width else f"{line[: width - 1]}…"
