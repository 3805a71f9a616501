"""Outputs as the HTML report shows them: what each side said, and how they differ."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from nbrepro.comparison.outputs import kind_of
from nbrepro.model import Because, Display, ErrorOutput, Output, OutputComparison, Stream, Verdict
from nbrepro.reports import changes
from nbrepro.reports.characters import as_shown, one_line, visible
from nbrepro.reports.folding import Fold, folded
from nbrepro.reports.payloads import HTML, PICTURES, SVG, Payload, payload_of, text_payload
from nbrepro.reports.wording import mark_of, tone_of, word_of

SAME_LIMIT = 4_000
"""Characters shown of an output that was reproduced."""
DIFFERENT_LIMIT = 20_000
MAX_REASONS = 12
_VISUAL = (*PICTURES, SVG, HTML)


@dataclass(frozen=True, slots=True)
class Side:
    """One representation as one side gave it; None where that side has none."""

    mime_type: str
    expected: Payload | None
    observed: Payload | None
    is_one: bool = False
    """Whether both sides are the same, so that one is enough to see."""
    difference: str = ""
    """Address of the difference picture; empty where there is none."""
    are_pictures: bool = False


@dataclass(frozen=True, slots=True)
class OutputView:
    """One output."""

    kind: str
    word: str
    tone: str
    mark: str
    judged: bool
    reasons: tuple[tuple[str, str, str], ...]
    """Slug, message and deviation in words of each reason."""
    more_reasons: int
    representations: tuple[tuple[str, str, str], ...]
    """MIME type, verdict in words and mark, where there are several."""
    lines: Sequence[changes.Row | Fold]
    """Lines side by side, where text differs."""
    sides: tuple[Side, ...]


def view_of(output: OutputComparison) -> OutputView:
    """What the report shows of a compared output."""
    lines = _lines(output)
    several = len(output.representations) > 1
    return OutputView(
        kind=one_line(output.kind, 80),
        word=word_of(output.verdict),
        tone=tone_of(output.verdict) if output.judged else "neutral",
        mark=mark_of(output.verdict),
        judged=output.judged,
        reasons=tuple(_reason(reason) for reason in output.because[:MAX_REASONS]),
        more_reasons=max(0, len(output.because) - MAX_REASONS),
        representations=tuple((one_line(mime, 80), word_of(verdict), mark_of(verdict)) for mime, verdict in output.representations)
        if several
        else (),
        lines=lines,
        sides=tuple(_sides(output, has_lines=bool(lines))),
    )


def view_of_observed(output: Output) -> OutputView:
    """What the report shows of an output that was held against nothing."""
    mime_types = _shown_types(output, None, "")
    sides = tuple(Side(mime, None, payload, is_one=True) for mime in mime_types if (payload := _payload(output, mime, SAME_LIMIT)))
    return OutputView(one_line(kind_of(output), 80), "", "neutral", "", True, (), 0, (), (), sides)  # noqa: FBT003 - a view has no options


def _reason(reason: Because) -> tuple[str, str, str]:
    deviation = "" if reason.deviation is None else f"{reason.deviation:.3g}"
    return one_line(reason.slug, 60), visible(reason.message[:2000]), deviation


def _lines(output: OutputComparison) -> list[changes.Row | Fold]:
    """The text of both sides, line by line, where both have text and it doesn't read the same."""
    if output.expected is None or output.observed is None:
        return []
    expected, observed = changes.text_of(output.expected, output.kind), changes.text_of(output.observed, output.kind)
    if expected is None or observed is None or expected == observed:
        return []
    return folded(changes.rows(expected[:DIFFERENT_LIMIT], observed[:DIFFERENT_LIMIT]))


def _sides(output: OutputComparison, *, has_lines: bool) -> list[Side]:
    mime_types = _shown_types(output.expected, output.observed, output.kind)
    if has_lines:
        mime_types = [mime for mime in mime_types if mime in _VISUAL]
    limit = SAME_LIMIT if output.verdict.is_same else DIFFERENT_LIMIT
    sides = (_side(output, mime, limit) for mime in mime_types)
    return [side for side in sides if side.expected or side.observed]


def _shown_types(expected: Output | None, observed: Output | None, kind: str) -> list[str]:
    """The representation that was judged the worst, and the first one to be looked at."""
    present = {mime: None for output in (expected, observed) if isinstance(output, Display) for mime in output.data}
    if not present:
        return ["text/plain"]
    visual = next((mime for mime in _VISUAL if mime in present), "text/plain")
    chosen = dict.fromkeys(mime for mime in (kind, visual) if mime in present)
    if "text/plain" in chosen and visual != "text/plain" and kind != "text/plain":
        del chosen["text/plain"]
    return list(chosen) or [next(iter(present))]


def _side(output: OutputComparison, mime_type: str, limit: int) -> Side:
    expected, observed = _payload(output.expected, mime_type, limit), _payload(output.observed, mime_type, limit)
    is_one = expected == observed or (output.verdict is Verdict.IDENTICAL and expected is not None)
    pictures = [payload for payload in (expected, observed) if payload and payload.form == "picture"]
    both = len(pictures) == 2 and not is_one  # noqa: PLR2004 - expected and observed
    return Side(mime_type, expected, observed, is_one, _difference(output, mime_type) if both else "", both)


def _payload(output: Output | None, mime_type: str, limit: int) -> Payload | None:
    if isinstance(output, Display):
        return payload_of(mime_type, output.data[mime_type], limit) if mime_type in output.data else None
    if isinstance(output, Stream):
        return text_payload(as_shown(output.text[: changes.MAX_CHARACTERS]), limit)
    if isinstance(output, ErrorOutput):
        return text_payload("\n".join(output.traceback) or output.words, limit)
    return None


def _difference(output: OutputComparison, mime_type: str) -> str:
    """Address of a picture that shows where two pictures differ; empty where it can't be made."""
    if mime_type not in PICTURES or not isinstance(output.expected, Display) or not isinstance(output.observed, Display):
        return ""
    from nbrepro.comparison.difference_picture import difference_picture

    picture = difference_picture(output.expected.data[mime_type], output.observed.data[mime_type])
    return f"data:image/png;base64,{base64.b64encode(picture).decode('ascii')}" if picture else ""
