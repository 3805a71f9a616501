"""`%nbrepro` in a notebook or in terminal IPython: the verbs of the command line, with results as objects."""

from __future__ import annotations

from typing import Any

from .extension import NbreproMagics, complete_verbs

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython's shell is untyped
    """`%load_ext nbrepro`; loading twice is the same as loading once."""
    unload_ipython_extension(shell)
    shell.register_magics(NbreproMagics(shell))
    shell.Completer.custom_matchers.append(complete_verbs)


def unload_ipython_extension(shell: Any) -> None:  # noqa: ANN401
    """`%unload_ext nbrepro`: the magic and its completions are gone."""
    matchers = shell.Completer.custom_matchers
    matchers[:] = [matcher for matcher in matchers if getattr(matcher, "__name__", "") != complete_verbs.__name__]
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("nbrepro", None)
