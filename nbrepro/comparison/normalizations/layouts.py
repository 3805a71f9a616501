"""Print layout of NumPy arrays and pandas objects: padding, wrapping, and footers."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization, each
from nbrepro.comparison.settings import Settings

_ARRAY = re.compile(r"\[([\s\d.+\-eEjnaiftruTFlsN,]++)\]")
_BLANKS = re.compile(r"\s++")
_COMMA = re.compile(r"\s*+,\s*+")
_ROW_BREAK = re.compile(r"\]\s*?\n\s*+(?=\[)")
_WRAP = re.compile(r",[ \t]*+\n[ \t]++")
_BOOL_DTYPE = re.compile(r"(?<=\]), dtype=bool(?=\))")
_SHAPE = re.compile(r", shape=\([\d, ]*+\)(?=[,)])")

_FOOTERS = (
    re.compile(r"(?m)\n*^\[\d++ rows x \d++ columns\]$"),
    re.compile(r"(?m)^(?:Freq: [^\n,]{1,40}, )?Name: [^\n]{0,200}, (?=(?:Length: \d++, )?dtype: )"),
    re.compile(r"(?m)^Length: \d++, (?=dtype: )"),
    re.compile(r"(?m)\n^dtype: [\w\[\], ]++$"),
)
_STRING_DTYPE = re.compile(
    r"(?<=dtype: )(?:object|str|string)\b|(?<=dtype=')(?:object|str|string)(?=')|(?<=, )(?:object|str|string)(?=\): )"
)
_TIME_UNIT = re.compile(r"\b(datetime64|timedelta64)\[(?:ns|us|ms|s)(?=[\],])")
_INTERVAL = re.compile(r"(?<=interval\[)(\w++), (?:right|left|both|neither)(?=\])")
_INDEX = re.compile(r"\b(?:Int64|UInt64|Float64)Index(?=\(\[)")


def _tidy_arrays(text: str) -> str:
    """Numbers of an array with one blank between them, rows in one line."""
    return _ROW_BREAK.sub("] ", _ARRAY.sub(_tidy_row, text))


def _tidy_row(match: re.Match[str]) -> str:
    return "[" + _COMMA.sub(", ", _BLANKS.sub(" ", match[1].strip())) + "]"


def _unwrap(text: str) -> str:
    return _WRAP.sub(", ", text)


def _drop_array_notes(expected: str, observed: str, _settings: Settings) -> tuple[str, str]:
    expected, observed = _BOOL_DTYPE.sub("", expected), _BOOL_DTYPE.sub("", observed)
    return _drop_one_sided(_SHAPE, expected, observed)


def _drop_footers(expected: str, observed: str, _settings: Settings) -> tuple[str, str]:
    for pattern in _FOOTERS:
        expected, observed = _drop_one_sided(pattern, expected, observed)
    return expected, observed


def _drop_one_sided(pattern: re.Pattern[str], expected: str, observed: str) -> tuple[str, str]:
    """Drops what only one side says; what both say must be equal."""
    if (pattern.search(expected) is None) == (pattern.search(observed) is None):
        return expected, observed
    return pattern.sub("", expected), pattern.sub("", observed)


def _unify_dtypes(text: str) -> str:
    text = _INTERVAL.sub(r"\1", _TIME_UNIT.sub(r"\1[ns", _STRING_DTYPE.sub("object", text)))
    return _INDEX.sub("Index", text)


NORMALIZATIONS = (
    Normalization(
        "numpy-layout",
        "Padding and line breaks inside of printed arrays don't count: `[ 1.  2.]` and `[1. 2.]`.",
        each(_tidy_arrays),
        ("[",),
    ),
    Normalization(
        "array-notes",
        "`dtype=bool` and `shape=…` in the repr of an array may be missing on one side; where both sides say one, it counts.",
        _drop_array_notes,
        (", dtype=bool", ", shape=("),
    ),
    Normalization(
        "line-wrapping",
        "A line break after a comma, followed by an indented line, is a blank: long lists and arrays are wrapped at another place.",
        each(_unwrap),
        (",\n",),
    ),
    Normalization(
        "pandas-footers",
        "Footers of pandas (`[5 rows x 3 columns]`, `Name: …`, `Length: …`, `dtype: …`) may be missing on one side; "
        "where both sides have one, it counts.",
        _drop_footers,
        ("rows x ", "Name: ", "Length: ", "dtype: "),
    ),
    Normalization(
        "pandas-dtypes",
        "pandas names the same dtype differently: `object` and `str` for strings, `datetime64[ns]` and `[us]`, `Int64Index` and `Index`.",
        each(_unify_dtypes),
        ("dtype", "64[", "interval[", "64Index(", "Categories ("),
    ),
)
