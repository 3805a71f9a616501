"""What the causes of a round are about: which modules, hosts and names, the most frequent first."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from nbrepro.corpora.store import Store

NAMED: Final = 3
"""How many of each cause are named."""
_QUERY: Final = """
SELECT causes.slug, causes.detail, count(DISTINCT round_notebooks.notebook_id) AS notebooks
FROM round_notebooks
JOIN rounds ON rounds.id = round_id
JOIN items ON items.key = round_notebooks.item_key AND items.state = 'done'
JOIN comparisons ON comparisons.run_id = items.run_id AND comparisons.settings_key = rounds.settings_key
JOIN causes ON causes.comparison_id = comparisons.id
WHERE round_id = ? AND causes.detail <> ''
GROUP BY causes.slug, causes.detail
ORDER BY notebooks DESC, causes.detail
"""

Details = dict[str, tuple[tuple[str, int], ...]]
"""For each cause its most frequent details, with their numbers of notebooks."""


def cause_details(store: Store, round_id: int) -> Details:
    """The most frequent details of each cause of a round."""
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in store.execute(_QUERY, (round_id,)):
        if len(found[row["slug"]]) < NAMED:
            found[row["slug"]].append((row["detail"], row["notebooks"]))
    return {slug: tuple(details) for slug, details in found.items()}
