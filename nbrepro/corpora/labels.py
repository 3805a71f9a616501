"""What can be said of one notebook of a round: the labels by which notebooks are counted and found again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from sqlite3 import Row
from typing import Final

from nbrepro.causes import Certainty
from nbrepro.corpora.store import Store

STAGES: Final = ("found", "valid", "chosen", "run", "resolved", "built", "executed", "finished", "compared", "reproduced", "exactly")
"""From everything that was found to what gave its saved outputs again, exactly; each is part of the one before."""
_REACHED: Final = {"resolve": "run", "build": "resolved", "start": "built", "run": "executed", "finished": "finished"}
_REPRODUCED: Final = frozenset({"reproduced", "reproduced-within-tolerance"})
UNKNOWN_CAUSE: Final = "unknown"
"""Said of a notebook that was not reproduced, and of which nothing recorded says why."""
_VERSION = re.compile(r"(\d+)\.(\d+)")
_QUERY: Final = """
SELECT notebooks.id, repositories.name AS repository, notebooks.path, notebooks.problem, runs.failure_message, comparisons.id AS comparison,
    runs.seconds, comparisons.runnable, comparisons.ran, comparisons.comparable, comparisons.reproduced, comparisons.compared,
    comparisons.same,
    notebooks.problem IS NOT NULL AS is_unreadable, notebooks.language, notebooks.language_version, substr(notebooks.dated, 1, 4) AS year,
    notebooks.declared, notebooks.style_density, round_notebooks.left_out, items.state, runs.stage,
    runs.failure_kind, runs.error_name, runs.isolation,
    runs.is_infrastructure, runs.runner, comparisons.verdict, comparisons.first_difference, comparisons.compared > 0 AS is_compared,
    comparisons.runnable > 0 AS has_runnable, comparisons.ran > 0 AS has_ran, comparisons.comparable > 0 AS has_comparable,
    comparisons.reproduced > 0 AS has_reproduced, comparisons.same > 0 AS has_same,
    (SELECT group_concat(DISTINCT package) FROM imports WHERE notebook_id = notebooks.id AND origin = 'package') AS packages,
    (SELECT group_concat(cause) FROM (SELECT DISTINCT slug || ' ' || certainty AS cause FROM causes
        WHERE comparison_id = comparisons.id ORDER BY 1)) AS causes
FROM round_notebooks
JOIN rounds ON rounds.id = round_notebooks.round_id
JOIN notebooks ON notebooks.id = round_notebooks.notebook_id
JOIN repositories ON repositories.id = notebooks.repository_id
LEFT JOIN items ON items.key = round_notebooks.item_key
LEFT JOIN runs ON runs.id = items.run_id AND items.state = 'done'
LEFT JOIN comparisons ON comparisons.run_id = runs.id AND comparisons.settings_key = rounds.settings_key
WHERE round_notebooks.round_id = ?
ORDER BY round_notebooks.notebook_id
"""


TELLING: Final = slice(13, None)
"""The columns by which labels are given: notebooks that agree in them have the same labels."""


def notebooks_of(store: Store, round_id: int) -> Iterator[Row]:
    """A row for each notebook of a round, one at a time."""
    yield from store.execute(_QUERY, (round_id,))


def name_of(row: Row) -> str:
    """What a notebook is called in reports: its repository and its path."""
    return f"{row['repository']}: {row['path']}"


def labels_of(row: Row) -> Iterator[tuple[str, str]]:
    """Everything that is said of a notebook, each as a kind and a value, such as `("failure", "ModuleNotFoundError")`."""
    reached = reached_by(row)
    yield from (("stage", stage) for stage in STAGES[: STAGES.index(reached) + 1])
    if row["left_out"]:
        yield "left-out", row["left_out"]
        return
    if row["stage"] is None:
        yield "state", row["state"] or "waiting"
        return
    yield "verdict", row["verdict"] or "not-compared"
    if row["failure_kind"] is not None:
        yield "failure", row["error_name"] or row["failure_kind"]
    if row["first_difference"] is not None and row["failure_kind"] is None:
        yield "difference", row["first_difference"]
    yield from causes_in(row)
    yield from counted_in(row)
    if row["is_infrastructure"]:
        yield "machinery", row["failure_kind"] or "unknown"
    yield "isolation", row["isolation"] or "none"
    yield "runner", row["runner"] or "none"
    yield from traits_of(row)


def counted_in(row: Row) -> Iterator[tuple[str, str]]:
    """In which counts of cells and outputs a notebook has a part."""
    yield from (("cells", name) for name in ("runnable", "ran", "comparable", "reproduced") if row[f"has_{name}"])
    yield from (("outputs", name) for name, column in (("compared", "is_compared"), ("same", "has_same")) if row[column])


def causes_in(row: Row) -> Iterator[tuple[str, str]]:
    """Why a notebook was not reproduced: each cause, and each that the run itself states; `unknown` where there is none."""
    found = [cause.split(" ") for cause in (row["causes"] or "").split(",") if cause]
    yield from (("cause", slug) for slug in sorted({slug for slug, _ in found}))
    yield from (("stated-cause", slug) for slug, certainty in found if certainty == Certainty.STATED)
    if not found and row["verdict"] not in {*_REPRODUCED, None, "nothing-to-compare"} and not row["is_infrastructure"]:
        yield "cause", UNKNOWN_CAUSE


def first_cause(store: Store, row: Row) -> str | None:
    """What the first cause of a notebook says; None where it has none."""
    found: str | None = store.value("SELECT message FROM causes WHERE comparison_id = ? ORDER BY id", (row["comparison"],))
    return found


def traits_of(row: Row) -> Iterator[tuple[str, str]]:
    """What was known of a notebook before it was run, by which the report breaks its figures down."""
    version = _VERSION.match(row["language_version"] or "")
    yield "python", f"{row['language']} {version[0]}" if version else f"{row['language']}, version unknown"
    yield "year", row["year"] or "unknown"
    yield "declared", row["declared"]
    if row["style_density"] is not None:
        yield "style", row["style_density"]
    yield from (("library", package) for package in sorted((row["packages"] or "").split(",")) if package)


def reached_by(row: Row) -> str:
    """The last stage that a notebook came to."""
    if row["is_unreadable"]:
        return "found"
    if row["left_out"]:
        return "valid"
    if row["stage"] is None:
        return "chosen"
    reached = _REACHED[row["stage"]]
    if reached != "finished" or not row["is_compared"]:
        return reached
    if row["verdict"] not in _REPRODUCED:
        return "compared"
    return "exactly" if row["verdict"] == "reproduced" else "reproduced"
