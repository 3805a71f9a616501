"""Which kernel runs a notebook, and how it is started."""

from __future__ import annotations

import os
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nbrepro.execution.interpreters import Environment
from nbrepro.execution.variables import kernel_variables, python_variables
from nbrepro.model import Failure, FailureKind
from nbrepro.notebooks.document import stated_language

if TYPE_CHECKING:
    from nbrepro.notebooks import Document

PYTHON = frozenset({"python", "ipython"})
"""Names of the language for which the given environment is used."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a kernel process."""

    arguments: tuple[str, ...]
    """Command line, in which `{connection_file}` stands for the path of the connection file."""
    variables: Mapping[str, str]
    transport: str
    """`ipc` (sockets in a private folder) or `tcp` (ports of this machine, which somebody else may take first)."""
    words: str
    """Which environment it is, for people."""
    kernel_name: str = ""
    interrupts_by_message: bool = False
    deviations: tuple[str, ...] = field(default=())
    python_version: str = ""
    """Of the interpreter; empty where it isn't known, and for other languages."""

    def command(self, connection_file: str) -> list[str]:
        """The command line for a connection file."""
        return [argument.replace("{connection_file}", connection_file) for argument in self.arguments]


def launch_for(document: Document, environment: Environment) -> Launch | Failure:
    """How to start the kernel of a notebook: the environment's Python, or an installed kernel of another language."""
    language = document.language.lower()
    is_stated = stated_language(document.content) is not None
    if language in PYTHON and (is_stated or not _is_foreign(document.kernel_name)):
        return _python(environment)
    name = document.kernel_name or ""
    return _installed(name, language if is_stated else "")


def launch_of_kernel(name: str) -> Launch | None:
    """How to start an installed kernel by its name, whatever notebook it runs; None where there is none of this name."""
    entry = _specifications().get(name.lower())
    if entry is None:
        return None
    launch = _from_specification(name, entry, ())
    if launch.arguments[1:3] != ("-m", "ipykernel_launcher"):
        return launch
    # Parallel kernels would wait for the lock of one history.sqlite, and need no ports of this machine.
    return replace(launch, arguments=(*launch.arguments, "--HistoryManager.hist_file=:memory:"), transport="ipc")


def provisioner_of_kernel(name: str) -> str:
    """The provisioner that an installed kernel asks for; empty where it is started as a process of this machine."""
    metadata = (_specifications().get(name.lower()) or {"spec": {}})["spec"].get("metadata") or {}
    return str((metadata.get("kernel_provisioner") or {}).get("provisioner_name") or "")


def _python(environment: Environment) -> Launch | Failure:
    """Start ipykernel of the environment. No kernel specification is needed, so none can point to another Python."""
    if not environment.has_kernel:
        remedy = f"{environment.python} -m pip install ipykernel"
        return Failure(
            FailureKind.KERNEL_NOT_FOUND,
            f"{environment.python} has no ipykernel; install it with: {remedy}",
            evidence=(("interpreter", str(environment)), ("install with", remedy)),
        )
    variables, deviations = python_variables(os.environ, environment)
    # The history in memory: parallel kernels would wait for the lock of one history.sqlite.
    arguments = (
        str(environment.python),
        "-m",
        environment.kernel_module,
        "-f",
        "{connection_file}",
        "--HistoryManager.hist_file=:memory:",
    )
    return Launch(arguments, variables, "ipc", str(environment), "python3", deviations=deviations, python_version=environment.version)


def _specifications() -> dict[str, dict[str, Any]]:
    """Kernels that are installed on this machine: their specification by name."""
    from jupyter_client.kernelspec import KernelSpecManager

    specifications: dict[str, dict[str, Any]] = KernelSpecManager().get_all_specs()
    return specifications


def _is_foreign(kernel_name: str | None) -> bool:
    """Whether this is the name of an installed kernel of another language."""
    if not kernel_name or kernel_name.startswith("python"):
        return False
    entry = _specifications().get(kernel_name)
    return entry is not None and str(entry["spec"].get("language", "")).lower() not in PYTHON


def _installed(kernel_name: str, language: str) -> Launch | Failure:
    installed = _specifications()
    names = [kernel_name] if kernel_name in installed else []
    names += [name for name, entry in sorted(installed.items()) if str(entry["spec"].get("language", "")).lower() == language]
    if not names:
        there = ", ".join(f"{name} ({entry['spec'].get('language', '?')})" for name, entry in sorted(installed.items())) or "none"
        return Failure(
            FailureKind.KERNEL_NOT_FOUND,
            f"no kernel {kernel_name!r} and none for the language {language!r} is installed; install one so that "
            "`jupyter kernelspec list` shows it",
            evidence=(("kernel", kernel_name), ("language", language), ("installed kernels", there)),
        )
    chosen = names[0]
    deviations = () if chosen == kernel_name else (f"the notebook names the kernel {kernel_name!r}, and {chosen!r} ran it",)
    return _from_specification(chosen, installed[chosen], deviations)


def _from_specification(name: str, entry: Mapping[str, Any], deviations: tuple[str, ...]) -> Launch:
    """Start a kernel as its specification says.

    TCP, as some kernels know no other transport.
    """
    specification = entry["spec"]
    arguments = [
        str(argument).replace("{resource_dir}", str(entry["resource_dir"])).replace("{prefix}", sys.prefix)
        for argument in specification["argv"]
    ]
    if arguments[0] in {"python", f"python{sys.version_info[0]}"}:
        arguments[0] = sys.executable
    variables = kernel_variables(os.environ)
    for variable, template in (specification.get("env") or {}).items():
        variables[variable] = string.Template(str(template)).safe_substitute(os.environ)
    by_message = specification.get("interrupt_mode") == "message"
    words = f"kernel {name} ({specification.get('display_name', name)})"
    return Launch(tuple(arguments), variables, "tcp", words, name, by_message, deviations)
