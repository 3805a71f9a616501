"""What is needed to run a notebook at all, and how far the date of the notebook binds it.

The kernel and what only the kernel uses are no part of what a notebook computes. They float: the newest release for the
Python is taken, since those of the notebook's day often have no wheel (tornado before 6.2, backcall before 2020) and since
today's client speaks with it. Whatever a notebook or its packages may import themselves (six, decorator, packaging, jinja2,
setuptools, …) does not float.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

KERNEL = "ipykernel"

_KERNEL_STACK = {
    "appnope",
    "argon2-cffi",
    "argon2-cffi-bindings",
    "asttokens",
    "backcall",
    "comm",
    "debugpy",
    "exceptiongroup",
    "executing",
    "ipykernel",
    "ipython",
    "ipython-genutils",
    "ipython-pygments-lexers",
    "jedi",
    "jupyter-client",
    "jupyter-core",
    "matplotlib-inline",
    "nest-asyncio",
    "nest-asyncio2",
    "parso",
    "pexpect",
    "pickleshare",
    "platformdirs",
    "prompt-toolkit",
    "psutil",
    "ptyprocess",
    "pure-eval",
    "pygments",
    "pyzmq",
    "stack-data",
    "tornado",
    "traitlets",
    "wcwidth",
}
_DRAGGED_IN = {
    "jupyter-server",
    "markupsafe",
    "nbclassic",
    "nbclient",
    "nbconvert",
    "notebook",
    "notebook-shim",
    "pandocfilters",
    "prometheus-client",
    "send2trash",
    "terminado",
    "widgetsnbextension",
}
"""What ipywidgets 7 and old requirement files bring along, of which nothing runs here."""

FLOATING = frozenset(_KERNEL_STACK | _DRAGGED_IN)
"""Packages that the date doesn't bind unless the notebook wishes them itself."""

SERVERS = frozenset({"jupyter", "jupyter-console", "jupyterlab", "jupyterlab-server", "nbconvert", "notebook", "qtconsole"})
"""Programs around notebooks, which drag in whole servers and which no cell needs."""

_MARKUPSAFE_2_1 = datetime(2022, 2, 18, tzinfo=UTC)
_IPYTHON_9 = datetime(2025, 2, 28, tzinfo=UTC)


def bounds(cut: datetime | None) -> Iterator[str]:
    """Limits within which the harness floats, so that it still provides what notebooks of that day import from it."""
    if cut is not None and cut < _MARKUPSAFE_2_1:
        # jinja2 before 3.0 imports soft_unicode, which 2.1 removed.
        yield "markupsafe<2.1"
    if cut is not None and cut < _IPYTHON_9:
        # IPython 9 removed IPython.core.display.display and set_matplotlib_formats.
        yield "ipython<9"
