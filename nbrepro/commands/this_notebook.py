"""Which notebook a magic was typed in, and whether that notebook is being checked right now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbrepro.errors import RequestError
from nbrepro.execution.variables import RUN_VARIABLE


def this_notebook(namespace: Mapping[str, Any]) -> Path:
    """The path of the notebook whose kernel this is.

    Jupyter servers name it in `JPY_SESSION_NAME`, VS Code in the variable `__vsc_ipynb_file__`.

    Args:
        namespace: the variables of the user's shell.

    Raises:
        RequestError: nothing says which notebook it is, or it has never been saved.
    """
    stated = namespace.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    if not stated:
        raise RequestError("nothing here says which notebook this is; give its path: %nbrepro check NOTEBOOK.ipynb")
    path = Path(str(stated))
    for candidate in (path, Path.cwd() / path.name):
        if candidate.is_file():
            return candidate
    raise RequestError(f"{path}: there is no such file; save the notebook first, or give its path")


def is_being_checked() -> bool:
    """Whether this kernel was started by nbrepro to re-execute a notebook."""
    return RUN_VARIABLE in os.environ
