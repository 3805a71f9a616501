"""Measured durations: compared as durations, with their ratio; `Settings.time_ratio` says how far they may part."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization, placeholder
from nbrepro.comparison.settings import Settings

_SECONDS = {
    "n": 1e-9, "µ": 1e-6, "μ": 1e-6, "u": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0,
}  # fmt: skip
_UNIT = r"(?:ns|[µμu]s|ms|msec|s(?:ec(?:ond)?s?)?|min(?:ute)?s?|m|h(?:ou)?rs?|h|days?|d)"
_PART = rf"\d++(?:\.\d*+)?+(?:e[-+]?\d{{1,3}}+)?+ ?{_UNIT}\b"
_QUANTITY = rf"{_PART}(?:,? {_PART}){{0,3}}"
_CLOCK = r"\d{1,4}:\d\d(?::\d\d)?(?:\.\d{1,9})?"
_PRECISE = r"\d{1,9}\.\d{5,20}"
"""A number without a unit: only a difference of clock readings shows so many digits."""

_KEYWORD = (
    r"took|elapsed|elapsed time|time elapsed|remaining|wall[- ]?(?:clock )?time|run ?time|time taken|time spent"
    r"|(?:cpu|execution|training|fit|fitting|running|computation|computing|processing|inference|prediction) time"
    r"|(?:finished|done|completed|ran|fitted|trained|executed|computed|passed|failed) in"
)
_PATTERNS = (
    re.compile(
        rf"(?P<keep>)(?P<time>{_QUANTITY}) (?:±|\+-|\+/-) {_QUANTITY} per loop"
        r"(?: \(mean (?:±|\+-|\+/-) std\. dev\. of \d{1,9} runs?, [\d,]{1,20} loops? each\))?"
    ),
    re.compile(rf"(?P<keep>)\b[\d,]{{1,20}} loops?, best of \d{{1,9}}: (?P<time>{_QUANTITY}) per loop"),
    re.compile(rf"(?P<keep>CPU times: )(?:user {_QUANTITY}, sys: {_QUANTITY}, )?total: (?P<time>{_QUANTITY})"),
    re.compile(rf"(?P<keep>\[)(?P<time>{_CLOCK})(?:<[\d:?]{{1,10}})?, [^\[\]\n]{{1,40}}(?=\])"),
    re.compile(rf"(?P<keep>)\b(?P<time>{_PART})[ ]{_PART}/(?:step|sample|epoch)\b"),
    re.compile(r"(?m)(?P<keep> - )(?P<time>\d{1,6}s)(?= - |$)"),
    re.compile(rf"(?P<keep>\bETA: )(?P<time>{_CLOCK}|{_QUANTITY})"),
    re.compile(rf"(?P<keep>--- )(?P<time>{_QUANTITY})(?= ---)"),
)
_NAMED = re.compile(
    rf"(?i)(?P<keep>\b(?:{_KEYWORD})(?: \((?:s|secs?|seconds?)\))?[ \t]{{0,12}}(?:[:=]|is|was)?)[ \t]{{0,12}}"
    rf"(?P<time>{_QUANTITY}|{_CLOCK}(?![\d:])|{_PRECISE}(?![\w.]))"
)
_KEYWORD_HINT = re.compile(r"ook |ime|IME|apsed|APSED|aining| in ")
_SLOWEST = re.compile(
    r"The slowest run took [\d.]{1,20} times longer than the fastest\. This could mean that an intermediate result is being cached\.? ?\n?"
)
_READ_PART = re.compile(r"(?i)(\d+(?:\.\d*)?(?:e[-+]?\d+)?) ?([a-zµμ]+)")


def _take_out(text: str) -> tuple[str, list[tuple[str, float]]]:
    """A text with placeholders for durations, and the durations as written and in seconds, in a fixed order."""
    found: list[tuple[str, float]] = []

    def replace(match: re.Match[str]) -> str:
        found.append((match["time"], _seconds(match["time"])))
        return match["keep"] + placeholder("duration")

    text = _SLOWEST.sub("", text)
    for pattern in _PATTERNS:
        text = pattern.sub(replace, text)
    if _KEYWORD_HINT.search(text):
        # The pattern with the keywords is the slowest of all: it runs on the lines that may have one.
        lines = [_NAMED.sub(replace, line) if _KEYWORD_HINT.search(line) else line for line in text.split("\n")]
        text = "\n".join(lines)
    return text, found


def _seconds(written: str) -> float:
    """Seconds of a duration such as `1min 3.5s`, `00:01:02` or `0.123456`."""
    if ":" in written:
        total = 0.0
        for part in written.split(":"):
            total = total * 60 + float(part)
        return total
    parts = _READ_PART.findall(written)
    return sum(float(number) * _unit(unit) for number, unit in parts) if parts else float(written)


def _unit(unit: str) -> float:
    name = unit.lower()
    return _SECONDS["ms"] if name.startswith("ms") else _SECONDS[name[0]]


def _ratio(first: float, second: float) -> float:
    low, high = sorted((first, second))
    return high / low if low else (1.0 if not high else float("inf"))


def _worst(expected: str, observed: str) -> tuple[float, str, str, int] | None:
    """The largest ratio of paired durations, with both of them as written, and how many differ."""
    first, second = _take_out(expected)[1], _take_out(observed)[1]
    if len(first) != len(second):
        return None
    pairs = [(_ratio(a[1], b[1]), a[0], b[0]) for a, b in zip(first, second, strict=True) if a[0] != b[0]]
    return (*max(pairs, key=lambda pair: pair[0]), len(pairs)) if pairs else None


def _equate(expected: str, observed: str, settings: Settings) -> tuple[str, str]:
    if settings.time_ratio is not None:
        worst = _worst(expected, observed)
        if worst is not None and worst[0] > settings.time_ratio:
            return expected, observed
    return _take_out(expected)[0], _take_out(observed)[0]


def _explain(expected: str, observed: str) -> str:
    worst = _worst(expected, observed)
    if worst is None:
        return "measured durations are written in another way"
    ratio, first, second, count = worst
    subject = "1 measured duration differs" if count == 1 else f"{count} measured durations differ"
    return f"{subject}, by a factor of up to {ratio:.3g}: expected {first}, observed {second}"


NORMALIZATIONS = (
    Normalization(
        "durations",
        "Measured durations (`%time`, `%timeit`, progress bars, `took 3.1 s`) are compared as durations: they may differ by any ratio "
        "unless a largest one is set, and the ratio is reported.",
        _equate,
        ("loop", "ime", "IME", "took", "Took", "lapsed", "LAPSED", "emaining", " in ", "/s", "s/", "ETA", "s - ", "--- "),
        _explain,
    ),
)
