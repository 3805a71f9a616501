"""Which output of a step is which output of the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from nbrepro.model import Output, Stream

Pair = tuple[Output | None, Output | None]


def pair_outputs(expected: Sequence[Output], observed: Sequence[Output]) -> list[Pair]:
    """Pairs of outputs that belong together; None stands for an output that the other side hasn't got."""
    before, after = _streams(expected), _streams(observed)
    pairs: list[Pair] = [(before.get(name), after.get(name)) for name in (before | after)]
    others = ([output for output in outputs if not isinstance(output, Stream)] for outputs in (expected, observed))
    return pairs + list(zip_longest(*others))


def _streams(outputs: Sequence[Output]) -> dict[str, Stream]:
    """The streams of a step merged by name: how a kernel cut a stream into messages is chance."""
    texts: dict[str, list[str]] = {}
    for output in outputs:
        if isinstance(output, Stream):
            texts.setdefault(output.name, []).append(output.text)
    merged = {name: "".join(chunks) for name, chunks in texts.items()}
    return {name: Stream(name, text) for name, text in merged.items() if text}
