"""Which output of a step is which output of the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from nbrepro.comparison.sequences import matches_in_order
from nbrepro.model import Display, ErrorOutput, Output, Stream

_DISPLAY = "display"

Pair = tuple[Output | None, Output | None]


def pair_outputs(expected: Sequence[Output], observed: Sequence[Output]) -> list[Pair]:
    """Pairs of outputs that belong together; None stands for an output that the other side hasn't got.

    What is empty is no output. Streams are merged by name first: how a kernel cut them into messages is chance. Displays
    keep their order: equal ones are paired first, then those with the same MIME types, then what is left over between.
    """
    streams, others = _streams(expected), _streams(observed)
    pairs: list[Pair] = [(streams.get(name), others.get(name)) for name in streams | others]
    if len(streams) == len(expected) and len(others) == len(observed):
        return pairs  # nothing but streams
    pairs += _pair_displays(_displays(expected), _displays(observed))
    pairs += zip_longest(_errors(expected), _errors(observed))
    return pairs


def same_order(expected: Sequence[Output], observed: Sequence[Output]) -> bool:
    """Whether printed text stands in the same places between as many displays; stderr comes when it comes.

    Where the number of displays differs, that is what is to be said, and this is True.
    """
    first, second = _places(expected), _places(observed)
    return first == second or first.count(_DISPLAY) != second.count(_DISPLAY)


def _streams(outputs: Sequence[Output]) -> dict[str, Stream]:
    if len(outputs) == 1:
        return {output.name: output for output in outputs if isinstance(output, Stream) and output.text}
    texts: dict[str, list[str]] = {}
    for output in outputs:
        if isinstance(output, Stream):
            texts.setdefault(output.name, []).append(output.text)
    merged = {name: "".join(chunks) for name, chunks in sorted(texts.items(), reverse=True)}  # stdout first
    return {name: Stream(name, text) for name, text in merged.items() if text}


def _displays(outputs: Sequence[Output]) -> list[Display]:
    return [output for output in outputs if isinstance(output, Display) and output.data]


def _errors(outputs: Sequence[Output]) -> list[ErrorOutput]:
    return [output for output in outputs if isinstance(output, ErrorOutput)]


def _places(outputs: Sequence[Output]) -> list[str]:
    places: list[str] = []
    for output in outputs:
        if not isinstance(output, Stream):
            if not isinstance(output, Display) or output.data:
                places.append(_DISPLAY)
        elif output.name != "stderr" and (not places or places[-1] != output.name):
            places.append(output.name)
    return places


def _pair_displays(expected: Sequence[Display], observed: Sequence[Display]) -> list[Pair]:
    if [_kind(display) for display in expected] == [_kind(display) for display in observed]:
        return list(zip(expected, observed, strict=True))
    contents, others = [_content(display) for display in expected], [_content(display) for display in observed]
    if contents > others:  # which of several equally good pairings is chosen must not depend on the side
        return [(before, after) for after, before in _align_displays(observed, expected, matches_in_order(others, contents))]
    return _align_displays(expected, observed, matches_in_order(contents, others))


def _align_displays(expected: Sequence[Display], observed: Sequence[Display], equal: list[tuple[int, int]]) -> list[Pair]:
    """Pairs of equal displays, and of those between two of them by their MIME types."""
    kinds, others = [_kind(display) for display in expected], [_kind(display) for display in observed]
    pairs: list[Pair] = []
    low = other_low = 0
    for i, j in [*equal, (len(expected), len(observed))]:
        alike = matches_in_order(kinds[low:i], others[other_low:j])
        pairs += _fill(expected[low:i], observed[other_low:j], alike)
        pairs += [(expected[i], observed[j])] if i < len(expected) else []
        low, other_low = i + 1, j + 1
    return pairs


def _fill(expected: Sequence[Display], observed: Sequence[Display], alike: list[tuple[int, int]]) -> list[Pair]:
    """Pairs of the matched displays, and of those between two matches in their order."""
    pairs: list[Pair] = []
    low = other_low = 0
    for i, j in [*alike, (len(expected), len(observed))]:
        pairs += zip_longest(expected[low:i], observed[other_low:j])
        pairs += [(expected[i], observed[j])] if i < len(expected) else []
        low, other_low = i + 1, j + 1
    return pairs


def _kind(display: Display) -> tuple[str, ...]:
    return tuple(sorted(display.data))


def _content(display: Display) -> str:
    return repr(sorted(display.data.items(), key=lambda item: item[0]))
