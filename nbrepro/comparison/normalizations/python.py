"""What Python, NumPy and packages changed in the way they write values and classes."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization, each
from nbrepro.comparison.settings import Settings

_UNICODE_PREFIX = re.compile(r"(?<![\w'\"\\])[uU](?=['\"])")
_LONG_SUFFIX = re.compile(r"(?<![\w.])(\d++)L\b")
# A pattern that begins with a letter is found much faster than one that begins by looking back.
_LONG_HINT = re.compile(r"L(?<=\dL)\b")
_UNICODE_HINT = re.compile(r"[uU]['\"]")
_SET_CALL = re.compile(r"\b(frozen)?set\(\[([^\[\]\n]*+)\]\)")
_TYPE = re.compile(r"<type '([\w.]++)'>")

_QUOTED = r"b?'(?:[^'\\\n]|\\.)*+'|b?\"(?:[^\"\\\n]|\\.)*+\""
_SCALAR = re.compile(
    r"\bnp\.(?:(?:float|u?int)\d++|longdouble|u?longlong|u?intc|longfloat|float_|int_)\('?([-+.\w]++)'?\)"
    rf"|\bnp\.(?:str_|bytes_)\(({_QUOTED})\)"
    r"|\bnp\.c(?:omplex\d++|longdouble)\(\(?([-+.\w]++)\)?\)"
    r"|\bnp\.(True|False)_"
)
_SCALAR_TYPE = re.compile(r"\bnp\.(\w++)\(")
_NUMPY_NAME = re.compile(r"\bnumpy\.(?=(?:datetime64|timedelta64|void|ndarray)\()")

_QUALIFIED = r"([A-Za-z_]\w*+)(?:\.\w++)*?\.(\w++)"
_CLASS = re.compile(rf"<class '{_QUALIFIED}(?='>)")
_FUNCTION = re.compile(r"<function (?:__main__\.)?([\w.]++)(\([^()<>\n]*+\))?(?: at 0x[0-9a-fA-F]++)?>")
_INSTANCE = re.compile(r"<([\w.]++) instance at 0x")
_OBJECT = re.compile(rf"<{_QUALIFIED}(?= (?:object )?at 0x)")


def _modernize_literals(text: str) -> str:
    if _LONG_HINT.search(text):
        text = _LONG_SUFFIX.sub(r"\1", text)
    if _UNICODE_HINT.search(text):
        text = _UNICODE_PREFIX.sub("", text)
    return _TYPE.sub(r"<class '\1'>", _SET_CALL.sub(_set_display, text))


def _set_display(match: re.Match[str]) -> str:
    if not match[2]:
        return f"{match[1] or ''}set()"
    display = "{" + match[2] + "}"
    return f"frozenset({display})" if match[1] else display


def _unwrap_scalars(expected: str, observed: str, _settings: Settings) -> tuple[str, str]:
    expected, observed = _NUMPY_NAME.sub("np.", expected), _NUMPY_NAME.sub("np.", observed)
    types, other_types = _SCALAR_TYPE.findall(expected), _SCALAR_TYPE.findall(observed)
    if len(types) == len(other_types) and types != other_types:
        return expected, observed  # both sides name the types, and these have changed
    return _SCALAR.sub(_scalar, expected), _SCALAR.sub(_scalar, observed)


def _scalar(match: re.Match[str]) -> str:
    number, string, complex_number, truth = match.groups()
    return f"({complex_number})" if complex_number else number or string or truth or match[0]


def _plain_functions(expected: str, observed: str, _settings: Settings) -> tuple[str, str]:
    """Arguments are dropped only where one side does not show them: a changed signature is another function."""
    texts = tuple(_INSTANCE.sub(r"<\1 at 0x", text) for text in (expected, observed))
    shown = [{match[2] is not None for match in _FUNCTION.finditer(text)} for text in texts]
    pattern = r"<function \1\2>" if shown[0] == shown[1] else r"<function \1>"
    return _FUNCTION.sub(pattern, texts[0]), _FUNCTION.sub(pattern, texts[1])


def _shorten_modules(text: str) -> str:
    return _OBJECT.sub(r"<\1.\2", _CLASS.sub(r"<class '\1.\2", text))


NORMALIZATIONS = (
    Normalization(
        "python-literals",
        "Python 2 and 3 write the same value differently: `u'a'` and `'a'`, `12L` and `12`, `set([1])` and `{1}`; bytes are no text.",
        each(_modernize_literals),
        ("u'", 'u"', "U'", 'U"', "L", "set([", "<type '"),
    ),
    Normalization(
        "numpy-scalars",
        "NumPy 2 names the type of a scalar: `np.float64(1.0)` and `1.0`, `np.True_` and `True`, `np.str_('a')` and `'a'`.",
        _unwrap_scalars,
        ("np.", "numpy."),
    ),
    Normalization(
        "function-reprs",
        "Functions and instances are written differently: `<function f at 0x…>`, `<function __main__.f(x)>`, `<A instance at 0x…>`.",
        _plain_functions,
        ("<function ", " instance at 0x"),
    ),
    Normalization(
        "module-paths",
        "A class may move inside of its package: `<class 'pandas.core.frame.DataFrame'>` and `<class 'pandas.DataFrame'>`.",
        each(_shorten_modules),
        ("<",),
    ),
)
