"""Generated identifiers: two of them may differ as long as each stands for the same thing wherever it is used."""

from __future__ import annotations

import re

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.rules import ELEMENT_IDS

_HEX = "[0-9a-fA-F]"
_GENERATED = re.compile(
    rf"""
    (?<![0-9a-zA-Z])
    (?: {_HEX}{{8}}([-_]?){_HEX}{{4}}\1{_HEX}{{4}}\1{_HEX}{{4}}\1{_HEX}{{12}}  # a UUID, with or without hyphens
      | (?<=T_){_HEX}{{5}}                                                     # a Styler of pandas ≥ 1.3
      | (?<=sk-container-id-)\d+ | (?<=sk-estimator-id-)\d+                    # counters of scikit-learn
    )
    (?= row\d | level\d | col\d | [^0-9a-zA-Z] | \Z)
    """,
    re.VERBOSE,
)


class Identifiers:
    """Which generated identifier of the observed side stands for which one of the expected side.

    >>> ids = Identifiers()
    >>> ids.match("a1", "b7"), ids.match("a1", "b7"), ids.match("a1", "c9"), ids.match("a2", "b7")
    (True, True, False, False)
    """

    def __init__(self) -> None:
        self._there: dict[str, str] = {}
        self._back: dict[str, str] = {}

    def match(self, expected: str, observed: str) -> bool:
        """Whether two identifiers can be the same, from all that was matched before."""
        return self._there.setdefault(expected, observed) == observed and self._back.setdefault(observed, expected) == expected

    def knows(self, expected: str, observed: str) -> bool:
        """Whether one of the two identifiers was matched before."""
        return expected in self._there or observed in self._back

    def match_all(self, findings: Findings, expected: str, observed: str) -> bool | None:
        """Whether the generated identifiers in two texts match, if they are equal otherwise; records it where they do.

        None where there are none, where the texts differ in more, or where the rule is switched off: then nothing is known.
        """
        first, second = split(expected), split(observed)
        is_allowed = findings.settings.allows(ELEMENT_IDS)
        if not is_allowed or len(first) == 1 or len(first) != len(second) or first[::2] != second[::2]:
            return None
        return self.match_each(findings, list(zip(first[1::2], second[1::2], strict=True)))

    def match_each(self, findings: Findings, pairs: list[tuple[str, str]]) -> bool:
        """Whether all pairs of identifiers match; records it where they do."""
        if not pairs or not findings.settings.allows(ELEMENT_IDS) or not all(self.match(*pair) for pair in pairs):
            return False
        changed = next((pair for pair in pairs if pair[0] != pair[1]), None)
        return changed is None or findings.apply(ELEMENT_IDS, f"a generated identifier: expected {changed[0]}, observed {changed[1]}")


def split(text: str) -> list[str]:
    """Plain text and generated identifiers in turn.

    >>> split("T_ab12c_row0_col1")
    ['T_', 'ab12c', '_row0_col1']
    """
    parts = []
    end = 0
    for found in _GENERATED.finditer(text):
        parts += [text[end : found.start()], found[0]]
        end = found.end()
    return [*parts, text[end:]]


def numbered(text: str) -> str:
    """A text with its generated identifiers numbered in the order in which they appear.

    >>> numbered("a = T_ab12c; b = T_ffff0; a = T_ab12c")
    'a = T_⟨id 1⟩; b = T_⟨id 2⟩; a = T_⟨id 1⟩'
    """
    parts = split(text)
    numbers: dict[str, str] = {}
    parts[1::2] = [numbers.setdefault(part, f"⟨id {len(numbers) + 1}⟩") for part in parts[1::2]]
    return "".join(parts)
