"""Times: a measured duration is compared as a duration, a clock reading as a clock reading, a date as a date.

Only context tells a reading of the clock from a date in the data, so a date that stands alone must be the same instant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from nbrepro.comparison.normalizations.registry import Normalization, each, placeholder

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9}+)?+"
_STAMP = rf"\d{{4}}-\d\d-\d\d[ T]{_CLOCK}"
_LEVEL = r"(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|TRACE)\b"
_HEADERS = re.compile(
    rf"(?P<keep>Date:[ \t]{{1,60}}){_DAY}, ?\d{{1,2}} {_MONTH} \d{{4}}(?: {_CLOCK}(?: (?:GMT|UTC|[-+]\d{{4}}))?)?"
    rf"|(?P<also>Time:[ \t]{{1,60}}){_CLOCK}"
)
_LINE_START = re.compile(
    rf"(?P<keep>\[?){_STAMP}(?=\]?[ :|-]{{1,5}}(?:[\w.]{{1,60}}[ :|-]{{1,5}})?\[?{_LEVEL}|: [DIWEF] )"
    rf"|(?P<also>\[[DIWEC] )(?:\d{{4}}-\d\d-\d\d )?{_CLOCK}|(?P<then>[IWEF])\d{{4}} {_CLOCK} +\d{{1,7}}(?= )|(?P<last>--){_STAMP}(?=--  )"
)
_CLOCK_HINT = re.compile(r":\d\d:\d\d")
_INSTANT = re.compile(
    r"(?<![\w.-])(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::(\d\d))?+(?:\.(\d{1,9}+))?+ ?(Z\b|[-+]\d\d:?\d\d\b)?+(?![\w:]|[.-]\d)"
)


def _drop_readings(text: str) -> str:
    text = _HEADERS.sub(_reading, text)
    if not _CLOCK_HINT.search(text):
        return text
    return "\n".join(_LINE_START.sub(_reading, line, count=1) if _LINE_START.match(line) else line for line in text.split("\n"))


def _reading(match: re.Match[str]) -> str:
    kept = next(part for part in match.groups() if part is not None)
    return kept + placeholder("clock")


def _unify_instants(text: str) -> str:
    return _INSTANT.sub(_instant, text)


def _instant(match: re.Match[str]) -> str:
    """An instant in its shortest form: zero fractions and midnight are left out, other zones are turned into UTC."""
    day, minutes, seconds, fraction, zone = match.groups()
    clock = f"{minutes}:{seconds or '00'}"
    if zone:
        offset = "+00:00" if zone == "Z" else zone
        try:
            there = datetime.fromisoformat(f"{day}T{clock}{offset}").astimezone(UTC)
        except (ValueError, OverflowError):
            return match[0]
        day, clock = there.strftime("%Y-%m-%d"), there.strftime("%H:%M:%S")
    digits = (fraction or "").rstrip("0")
    if clock == "00:00:00" and not digits and not zone:
        return day
    return f"{day} {clock}{'.' if digits else ''}{digits}{'Z' if zone else ''}"


NORMALIZATIONS = (
    Normalization(
        "clock-readings",
        "Dates and times that a program reads from the clock may differ: in log lines and in `Date:` and `Time:` headers, nowhere else.",
        each(_drop_readings),
        ("Date:", "Time:", ":"),
    ),
    Normalization(
        "date-format",
        "The same instant may be written differently: `2020-01-02 00:00:00` and `2020-01-02`; another instant is different.",
        each(_unify_instants),
        (":",),
    ),
)
