"""Imports packages ahead of the programs that want them, and notes what an import does besides."""

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import List, Optional, Tuple

PARTS = {"matplotlib": ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg")}
"""What is imported for a package, where that is not the package itself: pyplot chooses its backend when it is imported."""


def load(packages: List[str]) -> List[str]:
    """Import packages; gives the reasons for which a program could see that this was done before it ran."""
    problems: List[str] = []
    for package in packages:
        written, error = _imported(package)
        if error:
            problems.append("{}: {}".format(package, error))
        elif written:
            problems.append("{} writes when it is imported".format(package))
    return problems


def _imported(package: str) -> Tuple[str, str]:
    """What an import has written, and the error that it raised."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        for part in PARTS.get(package, (package,)):
            error = _error_of_import(part)
            if error is not None:
                # A package that isn't there says so again where it is wanted, one that is broken may leave something behind.
                is_absent = isinstance(error, ImportError) and getattr(error, "name", None) == package
                return "", "" if is_absent else "{}: {}".format(type(error).__name__, error)
    return output.getvalue(), ""


def _error_of_import(module: str) -> Optional[BaseException]:
    try:
        # As a program does it: warnings are shown by the name of the module that they are blamed on.
        exec("import " + module, {"__name__": "__main__"})  # noqa: S102 - the names of the modules are our own
    except Exception as error:  # noqa: BLE001 - an import may raise anything
        return error
    return None
