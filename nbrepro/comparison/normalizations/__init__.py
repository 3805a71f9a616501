"""Named normalizations: rules under which two different texts mean the same, each of which can be switched off."""

from __future__ import annotations

from collections.abc import Iterable

from nbrepro.comparison.normalizations import (
    durations,
    figures,
    identities,
    layouts,
    locations,
    ordered_dicts,
    orders,
    pandas_frequencies,
    paths,
    python,
    tables,
    times,
    whitespace,
)
from nbrepro.comparison.normalizations.registry import Normalization, escape, legible
from nbrepro.comparison.numbers import NUMBER_FORMAT, PRINTED_PRECISION
from nbrepro.comparison.output_rules import OUTPUT_RULES
from nbrepro.comparison.rules import RULES
from nbrepro.comparison.settings import DEFAULT, Settings

FAMILIES: dict[str, tuple[Normalization, ...]] = {
    "line endings": whitespace.FIRST,
    "figures": figures.NORMALIZATIONS,
    "python": (*python.NORMALIZATIONS, *ordered_dicts.NORMALIZATIONS),
    "identities": identities.NORMALIZATIONS,
    "locations": locations.NORMALIZATIONS,
    "paths": paths.NORMALIZATIONS,
    "durations": durations.NORMALIZATIONS,
    "times": times.NORMALIZATIONS,
    "frequencies": pandas_frequencies.NORMALIZATIONS,
    "tables": tables.NORMALIZATIONS,
    "layouts": layouts.NORMALIZATIONS,
    "orders": orders.NORMALIZATIONS,
    "whitespace": whitespace.LAST,
}
"""Rewriting normalizations by family, in the order in which they are applied.

Reprs of figures come before modules, modules before addresses and places before paths, because the later rule would take
away what the earlier one recognises; orders come after layouts, so that an element is compared without the line breaks
inside of it; blanks come last.
"""

ORDER: tuple[Normalization, ...] = tuple(normalization for family in FAMILIES.values() for normalization in family)
"""All rewriting normalizations, in the order in which they are applied."""

NAMES: dict[str, str] = {
    **{normalization.name: normalization.description for normalization in ORDER},
    NUMBER_FORMAT: "Numbers of the same kind and value may be written differently: `1e-05` and `0.00001`, `1.` and `1.0`.",
    PRINTED_PRECISION: "A number may be shown with fewer digits if the longer one rounds to it and at least four digits are shown.",
    **RULES,
    **OUTPUT_RULES,
}
"""Name of every normalization, of texts and of everything else, with a sentence that describes it."""


def normalize(text: str, names: Iterable[str], settings: Settings = DEFAULT) -> str:
    """A text with some of the normalizations applied, in their fixed order: for comparers with a structure of their own.

    The result holds placeholders for what may differ; `legible` shows them to people. What needs both sides to be judged
    (a footer that only one of them has) is left as it is.

    >>> legible(normalize("<A object at 0x7f3a5c0d2e80>", ["memory-addresses"]))
    '<A object at ⟨address1⟩>'
    """
    wanted = frozenset(names) - settings.disabled
    result = escape(text)
    for normalization in ORDER:
        if normalization.name in wanted and normalization.may_change(result):
            result = normalization.rewrite(result, result, settings)[0]
    return result


__all__ = ["FAMILIES", "NAMES", "ORDER", "Normalization", "escape", "legible", "normalize"]
