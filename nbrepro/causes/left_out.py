"""Why a package is not in an environment that was made for the notebook: the departure that says so."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LEAVING_OUT = ("build-failed", "dropped", "optional-dropped", "conda-only", "conda-unknown")
"""Departures by which a package is absent, the one that says most about the reason first."""


def left_out(package: str, deviations: Iterable[str]) -> str | None:
    """What says that a package was wished and could not be had; None where nothing says it.

    Args:
        package: its name in any spelling.
        deviations: of the execution, each `slug: message`.

    >>> left_out("scikit-learn", ["python-patch: …", "dropped: setup.py: scikit_learn==0.1 can't be met at all"])
    "setup.py: scikit_learn==0.1 can't be met at all"
    """
    spelling = re.sub(r"[-_.]+", "[-_.]+", package)
    name = re.compile(rf"(?<![\w./-]){spelling}(?![\w-]|\.\w)", re.IGNORECASE)
    said = dict(reversed([(slug, message) for slug, _, message in (one.partition(": ") for one in deviations) if name.search(message)]))
    return next((said[slug] for slug in _LEAVING_OUT if slug in said), None)
