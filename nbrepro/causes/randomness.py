"""Random numbers: which cells draw them without a seed, and what that reaches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nbrepro.causes.bindings import bindings_of
from nbrepro.model import Step

_DRAWS: Final = re.compile(
    r"(?:^|\.)(?:random\.(?!seed|RandomState|default_rng|get_state|set_state|PRNGKey|key)\w+|randn?|randint|choices?|shuffle|permutation|uniform|gauss"
    r"|train_test_split|KMeans|TSNE|UMAP|RandomForest\w+|MLP\w+|sample|uuid[14]|token_hex|token_bytes|urandom)$"
)
_SEEDED: Final = re.compile(r"(?:^|\.)(?:seed|set_seed|manual_seed(?:_all)?|set_random_seed|seed_everything)$")
_OWN_SEED: Final = re.compile(r"random_state\s*=\s*(?!None)|RandomState\(\s*\w|default_rng\(\s*\w|\bseed\s*=\s*(?!None)")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where a cell's random numbers come from."""

    step: int
    """Position of the cell that draws them."""
    call: str


def unseeded(steps: Iterable[Step]) -> Mapping[int, Drawing]:
    """For each cell that depends on random numbers without a seed, the draw that it depends on.

    A cell depends on a draw where it makes one, or reads a name that such a cell has bound. A seed that was set in any cell
    before counts for all that follow.
    """
    found: dict[int, Drawing] = {}
    by_name: dict[str, Drawing] = {}
    is_seeded = False
    for step in steps:
        cell = bindings_of(step.source)
        is_seeded = is_seeded or any(_SEEDED.search(call) for call in cell.calls)
        if is_seeded:
            continue
        drawn = next((call for call in sorted(cell.calls) if _DRAWS.search(call)), None)
        own = Drawing(step.index, drawn) if drawn and not _OWN_SEED.search(step.source) else None
        drawing = own or next((by_name[name] for name in sorted(cell.reads) if name in by_name), None)
        if drawing is not None:
            found[step.index] = drawing
            by_name |= dict.fromkeys(cell.binds, drawing)
    return found
