"""Collects what a comparison of something with many parts finds, and sums it up in one judgement."""

from __future__ import annotations

from nbrepro.comparison.excerpts import excerpts
from nbrepro.comparison.numbers import PRINTED_PRECISION
from nbrepro.comparison.numeric_text import largest_deviation
from nbrepro.comparison.settings import Settings
from nbrepro.model import Because, Judgement, Verdict

SHOWN = 5
"""How many differences a judgement shows; it counts them all."""

_WIDTH = 60
_COUNTS = frozenset({"lines-differ", "differences"})
"""Reasons that only count what other reasons show."""


class Findings:
    """What was found so far in one pair of payloads.

    >>> from nbrepro.comparison.settings import DEFAULT
    >>> findings = Findings(DEFAULT)
    >>> findings.apply("key-order", "keys stand in another order")
    True
    >>> findings.judgement().verdict
    <Verdict.EQUIVALENT: 'equivalent'>
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.differences = 0
        self._shown: list[Because] = []
        self._rules: dict[str, Because] = {}
        self._skipped: list[Because] = []
        self._is_close = False
        self._rounded: dict[bool, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was found."""
        return not (self.differences or self._rules or self._skipped)

    @property
    def rules(self) -> frozenset[str]:
        """Names of the normalizations and tolerances that were needed."""
        return frozenset(self._rules)

    @property
    def is_full(self) -> bool:
        """Whether further differences are only counted, so that nobody needs to describe them."""
        return len(self._shown) >= SHOWN

    def apply(self, normalization: str, message: str, *values: object) -> bool:
        """Records that a normalization was needed; False, and nothing recorded, where the settings don't allow it.

        `values` fill the message, as `str.format` does; that happens only if the message is kept.
        """
        if not self.settings.allows(normalization):
            return False
        if normalization not in self._rules:
            self._rules[normalization] = Because(normalization, message.format(*values) if values else message)
        return True

    def measure(self, slug: str, deviation: float, message: str, *values: object) -> None:
        """Records a deviation that is tolerated; the largest one of each slug is kept, with its message."""
        known = self._rules.get(slug)
        if known is None or deviation > (known.deviation or 0.0):
            self._rules[slug] = Because(slug, message.format(*values) if values else message, deviation)
        self._is_close = self._is_close or slug != PRINTED_PRECISION

    def round(self, message: str, *values: object, observed_is_shorter: bool) -> None:
        """Records that a number is shown with fewer digits on one side: if both sides do so, other numbers are shown."""
        if observed_is_shorter not in self._rounded:
            self._rounded[observed_is_shorter] = message.format(*values) if values else message

    def differ(self, slug: str, message: str, deviation: float | None = None) -> None:
        """Records a difference."""
        self.differences += 1
        if not self.is_full:
            self._shown.append(Because(slug, message, deviation))

    def changed(self, slug: str, place: object, expected: str, observed: str) -> None:
        """Records a difference of two texts at a place, shown around the first character that differs."""
        if self.is_full:
            self.differences += 1
            return
        first, second = excerpts(expected, observed, _WIDTH)
        self.differ(slug, f"{place}: expected {first}, observed {second}", largest_deviation(expected, observed))

    def absorb(self, judgement: Judgement, place: object) -> None:
        """Records what another comparer says of the part at a place."""
        if judgement.verdict is Verdict.DIFFERENT:
            self._absorb_differences(judgement, place)
            return
        for reason in judgement.because:
            message = f"{place}: {reason.message}"
            if judgement.verdict is Verdict.NOT_COMPARED:
                self._skipped.append(Because(reason.slug, message))
            elif reason.deviation is not None:
                self.measure(reason.slug, reason.deviation, message)
            else:
                self._rules.setdefault(reason.slug, Because(reason.slug, message))

    def merge(self, part: Findings, place: str) -> None:
        """Records all that was found in a part of the payloads."""
        for reason in part._shown:
            self.differ(reason.slug, f"{place}: {reason.message}", reason.deviation)
        self.differences += part.differences - len(part._shown)
        for slug, reason in part._rules.items():
            message = f"{place}: {reason.message}"
            if reason.deviation is None:
                self._rules.setdefault(slug, Because(slug, message))
            else:
                self.measure(slug, reason.deviation, message)
        self._skipped += [Because(reason.slug, f"{place}: {reason.message}") for reason in part._skipped]
        for side, message in part._rounded.items():
            self.round(f"{place}: {message}", observed_is_shorter=side)

    def _absorb_differences(self, judgement: Judgement, place: object) -> None:
        reasons = [reason for reason in judgement.because if reason.slug not in _COUNTS] or judgement.because
        for reason in reasons:
            self.differ(reason.slug, f"{place}: {reason.message}", reason.deviation)
        if not reasons:
            self.differ("changed", f"{place} changed")

    def judgement(self) -> Judgement:
        """The worst of what was found, with its reasons; `identical` where nothing was."""
        if len(self._rounded) > 1:
            self.differ(PRINTED_PRECISION, "digits come and go on both sides: " + "; ".join(self._rounded.values()))
        if self.differences:
            count = (Because("differences", f"{self.differences} differences"),) if self.differences > 1 else ()
            return Judgement(Verdict.DIFFERENT, (*count, *self._shown))
        if self._skipped:
            return Judgement(Verdict.NOT_COMPARED, tuple(self._skipped))
        verdict = Verdict.CLOSE if self._is_close else Verdict.EQUIVALENT if self._rules else Verdict.IDENTICAL
        return Judgement(verdict, tuple(self._rules.values()))
