"""nbrepro tells people whether code still does what somebody said it does, and why not.

The public names are imported on first use, so that `import nbrepro` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0.dev0"

_HOMES = {
    "check": "nbrepro.commands.check",
    "diff": "nbrepro.commands.diff",
    "run": "nbrepro.commands.run",
}

__all__ = ["__version__", "check", "diff", "run"]

if TYPE_CHECKING:
    from nbrepro.commands.check import check
    from nbrepro.commands.diff import diff
    from nbrepro.commands.run import run


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module protocol
    if name not in _HOMES:
        raise AttributeError(f"module 'nbrepro' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython is imported by its user only
    """`%load_ext nbrepro`."""
    _magics().load_ipython_extension(shell)


def unload_ipython_extension(shell: Any) -> None:  # noqa: ANN401
    """`%unload_ext nbrepro`."""
    _magics().unload_ipython_extension(shell)


def _magics() -> Any:  # noqa: ANN401 - a module
    from importlib import import_module

    return import_module("nbrepro_magics")
