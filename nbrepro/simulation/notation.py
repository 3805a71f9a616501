"""Holds what a row states of a variable against its real value, and tells writing apart from meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any

from nbrepro.simulation.answers import Stated, StatedKind
from nbrepro.simulation.literals import UNREADABLE, read_literal, read_value, same_value
from nbrepro.simulation.tagged import Opaque, has_literal

_REMARK = re.compile(r"\s*\([^()]*\)\s*$")
_CUTS = re.compile(r"""[\])}'"\w](?=\s|\(|;|,|→|—|-|$)""")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
CUTS_TRIED = 60
_QUOTED_MARKER = re.compile(r"""^(['"])<?(?:undefined|undef|unassigned|unset|unbound|uninitiali[sz]ed)>?\1$""", re.IGNORECASE)
_UNSET = re.compile(
    r"""^[\s(<\[*_`"'{]*(?:
        un(?:assigned|set|defined|bound|initiali[sz]ed|known|declared|changed\s*\(un) | not\b | none\s+yet\b | no\s+value\b | undef |
        n/?a\b | nan$ | [-—–]+$ | ∅$ | nil$ | before\b | about\s+to\b | would\b | missing\b | absent\b |
        does\s+not | doesn't | deleted\b | out\s+of\s+scope\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


class Fit(IntEnum):
    """How well a stated value fits the real one."""

    WRONG = 0
    UNKNOWN = 1
    """Nothing that could be compared."""
    NOTATION = 2
    """Right, but written in another way: without quotation marks, with a remark, rounded."""
    EXACT = 3


def says_unset(text: str) -> bool:
    """Whether a text is a way to say that a variable has no value.

    >>> says_unset("<unassigned>"), says_unset("0")
    (True, False)
    """
    return bool(_UNSET.match(text))


def is_quoted_marker(text: str) -> bool:
    """Whether a text is one word for "no value" between quotation marks: hardly ever a string of a program.

    >>> is_quoted_marker("'undefined'"), is_quoted_marker("'not found'")
    (True, False)
    """
    return bool(_QUOTED_MARKER.match(text.strip()))


def fit(stated: Stated, state: Mapping[str, Any], name: str) -> Fit:
    """How well what is stated of a name fits a real state.

    >>> fit(Stated.value("abc"), {"s": "abc"}, "s"), fit(Stated(StatedKind.UNSET), {"s": "abc"}, "s")
    (<Fit.NOTATION: 2>, <Fit.WRONG: 0>)
    """
    if stated.kind in {StatedKind.NOT_STATED, StatedKind.SAME}:
        return Fit.UNKNOWN
    if stated.kind is StatedKind.UNSET:
        return Fit.WRONG if name in state else Fit.EXACT
    if name not in state:
        return Fit.WRONG
    return value_fit(stated.text, state[name])


def value_fit(text: str, real: Any) -> Fit:  # noqa: ANN401 - any value
    """How well a text fits a real value."""
    if isinstance(real, Opaque):
        return _opaque_fit(text, real)
    value = parsed(text)
    if value is not UNREADABLE and same_value(value, real):
        return Fit.EXACT
    if _notation_fits(text, value, real):
        return Fit.NOTATION
    return Fit.WRONG if has_literal(real) else Fit.UNKNOWN


def _opaque_fit(text: str, real: Opaque) -> Fit:
    """Objects are shown in so many ways that only a plain value in the place of one is wrong."""
    if _ADDRESS.sub("", text.strip()) == _ADDRESS.sub("", real.detail):
        return Fit.EXACT
    return Fit.UNKNOWN


@lru_cache(maxsize=8192)
def parsed(text: str) -> Any:  # noqa: ANN401 - any literal
    """The value of a text; `UNREADABLE` for none. The same object comes back each time: it isn't to be changed."""
    return read_value(text.strip().strip("`"))


@lru_cache(maxsize=8192)
def leading_value(text: str) -> Any:  # noqa: ANN401 - any literal
    """The value of the longest literal that a text begins with, before a remark or an arrow; `UNREADABLE` for none."""
    bare = text.strip().strip("`")
    without_remark = parsed(_REMARK.sub("", bare))
    if without_remark is not UNREADABLE:
        return without_remark
    for match in reversed(list(_CUTS.finditer(bare))[:CUTS_TRIED]):
        value = read_literal(bare[: match.end()])
        if value is not UNREADABLE:
            return value
    return UNREADABLE


def _notation_fits(text: str, value: Any, real: Any) -> bool:  # noqa: ANN401
    bare = text.strip().strip("`")
    if isinstance(real, str) and (bare == real or _unquoted(bare) == real or bare.strip() == real.strip() != ""):
        return True
    if value is UNREADABLE:
        value = leading_value(text)
    if value is UNREADABLE:
        return False
    if isinstance(value, str):
        return (
            value == real
            or value == repr(real)
            or _is_escaped_twice(value, real)
            or (not isinstance(real, str) and same_value(parsed(value), real))
        )
    return same_value(value, real) or _is_equal(value, real) or repr(value) == real


def _is_escaped_twice(value: str, real: Any) -> bool:  # noqa: ANN401
    return isinstance(real, str) and "\\" in value and repr(real)[1:-1] == value


def _unquoted(text: str) -> str:
    """A text between quotation marks, with what a literal would escape left as it stands."""
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\"“”‘’"
    return text[1:-1] if is_quoted else text


def _is_equal(value: Any, real: Any) -> bool:  # noqa: ANN401
    """Equal for Python; the same elements in another sequence type; the same number, rounded to at least four digits."""
    if isinstance(value, bool) is not isinstance(real, bool):
        return False
    if isinstance(value, float) and isinstance(real, float):
        return any(float(f"{real:.{digits}g}") == value for digits in range(4, 17))
    if isinstance(value, (list, tuple)) and isinstance(real, (list, tuple)) and type(value) is type(real):
        return len(value) == len(real) and all(same_value(*pair) or _is_equal(*pair) for pair in zip(value, real, strict=True))
    return isinstance(value, (int, float, set, dict)) and bool(value == real)
