"""Imports packages ahead of the programs that want them, and notes what an import does besides."""

import importlib
import io
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any, List, Optional, Tuple

from ipykernel.iostream import OutStream

FIGURES = ("matplotlib", "matplotlib.figure", "matplotlib.style", "matplotlib.backends.backend_agg")
PARTS = {
    "matplotlib": FIGURES,
    "matplotlib.pyplot": (*FIGURES, "matplotlib.pyplot"),
    "pandas": ("pandas", "pandas.io.formats.html", "pandas.io.formats.format", "pandas.io.formats.string"),
}
"""What is imported for a package, where that is not the package alone; other versions need not have all of it."""
KERNEL_PARTS = (
    "IPython.core.logger",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "faulthandler",
    "pygments.formatters.terminal256",
    "pygments.styles.default",
    "stack_data",
    "tornado.platform.asyncio",
)
"""What a kernel imports itself, sooner or later; other versions of it need not have all of them."""


def warm_up(shell: Any) -> None:
    """Do what a kernel's first cells make it do once: import parts of itself, build its tokenizer and its formatters.

    They aren't used: at the first use they look which packages are loaded.
    """
    for part in KERNEL_PARTS:
        with suppress(ImportError):
            importlib.import_module(part)
    shell.transform_cell("1\n")
    for name in ("formatters", "active_types", "ipython_display_formatter", "mimebundle_formatter"):
        getattr(shell.display_formatter, name, None)


def load(packages: List[str], shell: Any) -> List[str]:
    """Import packages; gives the reasons for which a program could see that this was done before it ran."""
    problems: List[str] = []
    for package in packages:
        with shell.builtin_trap:  # `get_ipython` is there, as in a cell: pandas asks it whether it stands in a terminal
            written, error = _imported(package)
        if error:
            problems.append("{}: {}".format(package, error))
        elif written:
            problems.append("{} writes when it is imported".format(package))
    return problems


class _Output(io.StringIO):
    """Takes what an import writes; like the kernel's streams it has an encoding, which pandas asks for."""

    encoding = OutStream.encoding


def _imported(package: str) -> Tuple[str, str]:
    """What an import has written, and the error that it raised."""
    output = _Output()
    with redirect_stdout(output), redirect_stderr(output):
        for part in PARTS.get(package, (package,)):
            if part == "matplotlib.pyplot" and not _waits_with_the_backend():
                continue
            error = _error_of_import(part)
            if error is None or (part != package and _is_absent(error, part)):
                continue
            # A package that isn't there says so again where it is wanted, one that is broken may leave something behind.
            return "", "" if _is_absent(error, package) else "{}: {}".format(type(error).__name__, error)
    return output.getvalue(), ""


def _is_absent(error: BaseException, module: str) -> bool:
    """Whether an import failed because there is no such module, or no package that it belongs to."""
    name = getattr(error, "name", None)
    return isinstance(error, ImportError) and bool(name) and "{}.".format(module).startswith("{}.".format(name))


def _waits_with_the_backend() -> bool:
    """Whether pyplot chooses a backend when it draws first, as since matplotlib 3.6, not when it is imported."""
    return hasattr(sys.modules["matplotlib"].rcParams, "_get_backend_or_none")


def _error_of_import(module: str) -> Optional[BaseException]:
    try:
        # As a program does it: warnings are shown by the name of the module that they are blamed on.
        exec("import " + module, {"__name__": "__main__"})  # noqa: S102 - the names of the modules are our own
    except Exception as error:  # noqa: BLE001 - an import may raise anything
        return error
    return None
