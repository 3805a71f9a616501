"""Expected against observed: a verdict for every output, every step and the whole. Runs nothing, reads nothing.

The names are imported on first use: settings are asked for much more often than comparisons.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["Settings", "compare", "compare_notebooks"]

_HOMES = {
    "Settings": "nbrepro.comparison.settings",
    "compare": "nbrepro.comparison.executions",
    "compare_notebooks": "nbrepro.comparison.executions",
}

if TYPE_CHECKING:
    from nbrepro.comparison.executions import compare, compare_notebooks
    from nbrepro.comparison.settings import Settings


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module protocol
    if name not in _HOMES:
        raise AttributeError(f"module 'nbrepro.comparison' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
