"""What an output shows of the run itself: its time, the versions of software, the machine, the size of its pictures."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Final

from nbrepro.model import Display, ErrorOutput, Output, OutputComparison, Stream

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SAME_SHAPE: Final = 0.02
"""How far the scales of width and height may lie apart, as margins are cut to whole dots."""
_LONGEST: Final = 200_000
"""Characters; nobody reads the time of day in longer texts."""
_NOW: Final = re.compile(
    r"\b(?:datetime\.(?:datetime\.)?(?:now|today|utcnow)|date\.today|time\.(?:time|ctime|perf_counter|process_time|strftime|localtime|asctime|clock)"
    r"|Timestamp\.(?:now|today))\s*\(|to_datetime\(\s*['\"](?:now|today)|%%?(?:time|timeit)\b"
)
_VERSIONS: Final = re.compile(
    r"__version__|show_versions|%watermark|%version_information|sys\.version|python_version\(|pip3? (?:list|freeze|show)|session_info"
)
_MACHINE: Final = re.compile(
    r"cpu_count|platform\.|os\.getcwd|os\.path\.abspath|Path\.cwd|__file__|gethostname|os\.uname|sys\.(?:prefix|executable|path)\b|nvidia-smi|^\s*[!%](?:pwd|ls|hostname|uname)\b",
    re.MULTILINE,
)
_CLOCK_TEXT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? |\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w* \d{1,2}(?:, \d{4})?"
    r"|(?<![\d.])\d+(?:\.\d+)?(?:e-?\d+)? ?(?:seconds|secs?|s|ms|µs|us|min|minutes|hours?)\b"
)
_VERSION_TEXT: Final = re.compile(r"\bv?\d+\.\d+(?:\.\d+)*(?:[-+.]?(?:dev|post|rc|a|b)\w*)?\b")
_PATH_TEXT: Final = re.compile(r"(?:[A-Za-z]:)?(?:[/\\][\w.@+~ -]+){2,}[/\\]?|~(?:[/\\][\w.@+-]+)+")


def shows_clock(source: str, output: OutputComparison) -> bool:
    """Whether an output differs for the time at which it was made: the cell reads the clock, and nothing but times differs."""
    return _NOW.search(source) is not None and _is_same_without(output, _CLOCK_TEXT)


def shows_versions(source: str, output: OutputComparison) -> bool:
    """Whether the cell asks for versions, and the texts differ."""
    return _VERSIONS.search(source) is not None and _texts(output) is not None


def shows_machine(source: str, output: OutputComparison) -> bool:
    """Whether an output differs for the machine: nothing but paths differs, or the cell asks for properties of the machine."""
    return _is_same_without(output, _PATH_TEXT) or (_MACHINE.search(source) is not None and _texts(output) is not None)


def differs_by_versions(output: OutputComparison) -> bool:
    """Whether nothing but versions differs in the texts."""
    return _is_same_without(output, _VERSION_TEXT, at_least_dots=2)


def picture_scale(output: OutputComparison) -> float | None:
    """How many times as wide and as high the saved picture is; None where they have one size, or other shapes, or are no PNG."""
    expected, observed = _size(output.expected), _size(output.observed)
    if expected is None or observed is None or expected == observed:
        return None
    across, down = expected[0] / observed[0], expected[1] / observed[1]
    return across if abs(across / down - 1) <= _SAME_SHAPE < abs(across - 1) else None


def _size(output: Output | None) -> tuple[int, int] | None:
    """Width and height of a picture in dots, as its head says (PNG specification, 11.2.2)."""
    content = output.data.get("image/png") if isinstance(output, Display) else None
    try:
        head = b64decode(str(content)[:64].replace("\n", "")[:32])
    except ValueError:
        return None
    width, height = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
    return (width, height) if head.startswith(_PNG) and width and height else None


def _is_same_without(output: OutputComparison, pattern: re.Pattern[str], at_least_dots: int = 0) -> bool:
    texts = _texts(output)
    if texts is None:
        return False
    expected, observed = texts
    changed = set(pattern.findall(expected)) ^ set(pattern.findall(observed))
    is_telling = any(part.count(".") >= at_least_dots for part in changed)
    return is_telling and pattern.sub("", expected).split() == pattern.sub("", observed).split()


def _texts(output: OutputComparison) -> tuple[str, str] | None:
    expected, observed = _text(output.expected), _text(output.observed)
    if expected is None or observed is None or max(len(expected), len(observed)) > _LONGEST:
        return None
    return expected, observed


def _text(output: Output | None) -> str | None:
    """The text of an output; None where it has none."""
    match output:
        case Stream():
            return output.text
        case ErrorOutput():
            return output.value
        case Display():
            plain = output.data.get("text/plain")
            return plain if isinstance(plain, str) else None
        case _:
            return None
