"""Progress bars: their final state counts, how long it took does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from nbrepro.comparison.normalizations.registry import has_any

_NUMBER = r"(?<![\d.,])\d++(?:[.,]\d++)*+"
_FILLED = r"[█▉▊▋▌▍▎▏▓▒░#][█▉▊▋▌▍▎▏▓▒░#\-\d\s]*"
_BAR = re.compile(
    rf"(?P<percent>{_NUMBER}%)\|[^|\n]*\|(?= *\S{1, 40}/\S{1, 40} \[)"  # tqdm
    rf"|(?:(?<=% )|(?<=%)|(?<=\) ))\|{_FILLED}\|"  # progressbar, old pip
    rf"|\|{_FILLED}\|(?= *{_NUMBER})"  # fastprogress, pip up to 21
    r"|\|-+\|(?= *0\.00% \[)"  # fastprogress at its start
    r"|(?<=\d )\[[=>.]+\]|(?<=%)\[[=>\s]*\]"  # keras 2, wget
    r"|[━╸╺]{3,}"  # keras 3, pip from 22, rich
    rf"|(?=\b{_NUMBER}[kMG]?\w{{0,20}} \[\d{{1,5}}:\d\d, )"  # tqdm without a total
)
_CLOCK = r"(?<!\d)\d++:\d\d(?::\d\d)?"
_SECONDS = rf"(?<![\w.=]){_NUMBER}\s?(?:[mµun]?s|m|min|h)\b(?!/)"
_TIME = re.compile(rf"(?:\b(?:ETA|eta|Elapsed Time|Time|in):?\s*)?(?:{_CLOCK}<(?:\?|{_CLOCK})|{_CLOCK}|{_SECONDS}|--?:--(?::--)?)")
_RATE = re.compile(rf"(?<![\w.=])(?:\?|--\.-|{_NUMBER})\s?(?:[kKMGTµun]?\w{{0,12}}/(?:s|sec)\b|(?:[mµun]?s|min|h)/\w+)")
_DONE = re.compile(
    rf"(?P<done>{_NUMBER})(?P<unit>[kMG]?)/(?P<total>{_NUMBER})|(?P<percent>{_NUMBER})%|(?P<count>{_NUMBER})[kMG]?\w{{0,20}} \["
)
_BLANKS = re.compile(r"[ \t]+")
_MARKS = ("%", "━", "[=", "[>", "[.", "█", "it [", "/s")


@dataclass(frozen=True, slots=True)
class _Bar:
    """A line that shows progress: what it says besides times and speeds, and how far it is."""

    text: str
    of: str
    """What tells it from another bar: its description and its total."""
    done: float
    total: float | None


def without_progress(text: str, *, keep_times: bool = False) -> str:
    r"""The text with each progress bar in its last state and without its drawing, times and speeds.

    Successive lines of one bar that never went back become the last of them. Counts, percentages and further values
    (`loss=0.25`) stay. With `keep_times` the time that passed stays too, as a duration in seconds.

    >>> without_progress(" 50%|#####     | 5/10 [00:01<00:01,  4.99it/s]\n100%|##########| 10/10 [00:02<00:00,  5.01it/s]")
    '100% | 10/10 [<time>, <speed>]'
    """
    if not has_any(text, _MARKS):
        return text
    kept: list[str] = []
    last: _Bar | None = None
    for line in text.split("\n"):
        bar = _bar(line, _seconds if keep_times else _no_time)
        if bar and last and _continues(bar, last):
            kept.pop()
        kept.append(bar.text if bar else line)
        last = bar
    return "\n".join(kept)


def _bar(line: str, show_time: Callable[[re.Match[str]], str]) -> _Bar | None:
    """None where the line shows no progress."""
    found = _BAR.search(line)
    if not found:
        return None
    before = line[: found.start()] + (found["percent"] or "")
    after = _TIME.sub(show_time, _RATE.sub("<speed>", line[found.end() :]))
    if not found["percent"] and not _DONE.search(before + after) and "<" not in after:
        return None  # a rule drawn with the same signs
    done = _DONE.search(line[found.start() :]) or _DONE.search(line)
    state = _state(done)
    named = _DONE.sub("", before)
    text = _BLANKS.sub(" ", f"{before.strip(' ')} | {after.strip(' ')}").strip(" ")
    return _Bar(text, f"{named.strip()} of {state[1]}", *state)


def _no_time(_: re.Match[str]) -> str:
    return "<time>"


def _seconds(time: re.Match[str]) -> str:
    """The time that passed, as text that reads as a duration; what is left to come is a guess."""
    if time[0][:3].upper() == "ETA":
        return "<time>"
    clock = time[0].partition("<")[0]
    if not re.fullmatch(_CLOCK, clock):
        return f"elapsed {time[0]}"
    seconds = 0
    for part in clock.split(":"):
        seconds = 60 * seconds + int(part)
    return f"elapsed {seconds} s"


def _state(done: re.Match[str] | None) -> tuple[float, float | None]:
    if done is None:
        return 0.0, None
    if done["total"]:
        return _number(done["done"]), _number(done["total"])
    return (_number(done["percent"]), 100.0) if done["percent"] else (_number(done["count"]), None)


def _number(digits: str) -> float:
    try:
        return float(digits.replace(",", ""))
    except ValueError:  # a version, an address
        return 0.0


def _continues(bar: _Bar, last: _Bar) -> bool:
    """Whether a bar is a later state of the one in the line before; a finished one is followed by another one."""
    return bar.of == last.of and bar.done >= last.done and last.done != last.total
