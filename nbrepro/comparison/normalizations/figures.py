"""Reprs of matplotlib objects, which most releases write in another way."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization
from nbrepro.comparison.settings import Settings

_ADDRESS = r"(?: object)? at 0x[0-9a-fA-F]++>"
_OLD_AXES = re.compile(rf"<matplotlib\.axes\.(?:_subplots\.|_axes\.)?(\w++){_ADDRESS}")
_AXES = re.compile(r"<(\w*Axes\w*|Subplot): ?([^<>\n]*+)>")
_STRING = r"'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\""
_TIGHT_TITLES = re.compile(rf"\btitle=\{{'(?:left|center|right)':(?:{_STRING})(?:,'(?:left|center|right)':(?:{_STRING}))*+\}}")
_TIGHT_TITLE = re.compile(rf"(,?)'(left|center|right)':({_STRING})")
_OLD_FIGURE = re.compile(rf"<matplotlib\.figure\.Figure{_ADDRESS}")
_FIGURE = re.compile(r"<Figure size [\d.]++x[\d.]++ with (\d++) Axes>")
_OLD_TEXT = re.compile(rf"<matplotlib\.text\.(Text|Annotation){_ADDRESS}")
_NUMBER = r"-?[\d.]++(?:e[-+]?\d++)?"
_TEXT = re.compile(rf"\b(Text|Annotation)\(({_NUMBER}), ?({_NUMBER}), ?u?({_STRING})\)")
_ARTISTS = re.compile(r"<a list of (\d++) (?:Patch|Line2D|Artist) objects>|<\w*?Container object of (\d++) artists>")
_MEMBER = re.compile(r"<(matplotlib\.[\w.]++) object at 0x")


def _unify(expected: str, observed: str, _settings: Settings) -> tuple[str, str]:
    first, second = _rewrite(expected), _rewrite(observed)
    for old, new, plain in ((_OLD_AXES, _AXES, _plain_axes), (_OLD_FIGURE, _FIGURE, _plain_figure), (_OLD_TEXT, _TEXT, _plain_text)):
        # An old repr says less. Only if one is there, what newer ones say besides is left out on both sides.
        if old.search(first) or old.search(second):
            first, second = (new.sub(plain, old.sub(plain, text)) for text in (first, second))
    return first, second


def _rewrite(text: str) -> str:
    text = _ARTISTS.sub(lambda match: f"<container of {match[1] or match[2]} artists>", text)
    text = _AXES.sub(lambda match: f"<{_axes_kind(match[1])}: {_spaced(match[2])}>", text)
    text = _TEXT.sub(lambda match: f"{match[1]}({_short(match[2])}, {_short(match[3])}, {match[4]})", text)
    text = _FIGURE.sub(r"<Figure size 1x1 with \1 Axes>", text)
    return _MEMBER.sub(r"<\1 at 0x", text.replace(".FillBetweenPolyCollection", ".PolyCollection"))


def _spaced(fields: str) -> str:
    """What a repr of axes says, with the blanks that it has in its titles from release 3.7 on."""
    return _TIGHT_TITLES.sub(lambda titles: _TIGHT_TITLE.sub(_space, titles[0]), fields)


def _space(title: re.Match[str]) -> str:
    return f"{title[1] and ', '}'{title[2]}': {title[3]}"


def _short(number: str) -> str:
    """A coordinate with six digits, as older releases show it."""
    try:
        return f"{float(number):.6g}"
    except ValueError:
        return number


def _plain_axes(match: re.Match[str]) -> str:
    return f"<{_axes_kind(match[1])}>"


def _axes_kind(name: str) -> str:
    """`PolarAxes` for `PolarAxesSubplot`: until release 3.7 axes of a grid had a class of their own."""
    return name.replace("Subplot", "") or "Axes"


def _plain_figure(_match: re.Match[str]) -> str:
    return "<Figure>"


def _plain_text(match: re.Match[str]) -> str:
    return f"<{match[1]}>"


NORMALIZATIONS = (
    Normalization(
        "matplotlib-reprs",
        "Reprs of matplotlib axes, figures, texts and containers differ between releases: `<…AxesSubplot at 0x…>` and `<Axes: >`; the size "
        "of a figure in pixels doesn't count (the picture is compared by itself), its number of axes does.",
        _unify,
        ("<matplotlib.", "Axes", "<Figure", "Text(", "Annotation(", "artists>", "<a list of"),
    ),
)
