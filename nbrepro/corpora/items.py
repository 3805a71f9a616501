"""Pieces of work, and the key of each: a hash of everything that its run depends on."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbrepro.comparison.settings import Settings
from nbrepro.errors import RequestError
from nbrepro.execution import Order, Runner
from nbrepro.execution.interpreters import at, current
from nbrepro.execution.limits import Limits

SCHEMA = "nbrepro.item/1"
"""Changes when runs of an older nbrepro must not be taken for those of this one."""
AUTO = "auto"
CURRENT = "current"
_INSTALLED = """\
import re, sys
def field(text, name):
    # Descriptions of packages are long: only the header is read.
    found = re.search('^%s:[ \\t]*(.*?)[ \\t\\r]*$' % name, re.split('\\r?\\n\\r?\\n', text, maxsplit=1)[0], re.MULTILINE | re.IGNORECASE)
    return found.group(1) if found else None
try:
    from importlib.metadata import distributions
    texts = [one.read_text('METADATA') or one.read_text('PKG-INFO') or one.read_text('') or '' for one in distributions()]
    found = ['%s==%s' % (field(text, 'Name'), field(text, 'Version')) for text in texts]
except ImportError:
    import pkg_resources
    found = ['%s==%s' % (one.project_name, one.version) for one in pkg_resources.working_set]
print(sys.version.split()[0])
print(' '.join(sorted(set(found))))
"""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How the notebooks of a round are run: all of it changes what a run may show."""

    environment: str = AUTO
    """`auto`, `current`, or the path of a Python or of a file that declares packages."""
    allow_build: bool = False
    order: Order = Order.TOP_DOWN
    limits: Limits = field(default_factory=Limits)
    keep_going: bool = False
    runner: Runner = Runner.KERNEL
    network: bool = False
    """Whether notebooks may use the network; without it they may not where the system can keep them from it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One notebook to be run, as it is sent to a worker."""

    key: str
    file: str
    """Path of the notebook on the machine that runs it."""
    settings: RunSettings
    comparison: Settings
    name: str = ""
    """What it is called in messages."""
    memory: int | None = None
    """Bytes that the run may use where the settings set no limit: the share of one worker."""
    group: str = ""
    """Items of one group are likely to need the same environment."""
    expected_seconds: float | None = None
    """What is known of how long it takes."""


def item_request(notebook_sha256: str, folder: str, project: str, environment: str, settings: RunSettings) -> dict[str, Any]:
    """Everything that a run depends on, as plain values.

    Args:
        notebook_sha256: hash of the notebook's bytes.
        folder: its folder in the project.
        project: hash of the project's content.
        environment: what `environment_identity` says.
        settings: how it is run.
    """
    return {
        "schema": SCHEMA,
        "notebook": notebook_sha256,
        "folder": folder,
        "project": project,
        "environment": environment,
        "order": settings.order.value,
        "limits": asdict(settings.limits),
        "keep_going": settings.keep_going,
        "runner": settings.runner.value,
        "network": settings.network,
    }


def key_of(request: Mapping[str, Any]) -> str:
    """Hash of plain values, whatever order they stand in.

    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(request, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """Comparison settings as plain values."""
    return {**asdict(settings), "disabled": sorted(settings.disabled)}


def settings_from_json(values: Mapping[str, Any]) -> Settings:
    """Comparison settings from plain values."""
    return Settings(**{**values, "disabled": frozenset(values["disabled"])})


def environment_identity(settings: RunSettings) -> str:
    """What makes one request for an environment different from another.

    `auto`: what may be built. `current` or the path of a Python: the packages that are installed there now. A file that
    declares packages: its content.

    Raises:
        RequestError: there is no such file or Python.
    """
    building = "+build" if settings.allow_build else ""
    if settings.environment == AUTO:
        return AUTO + building
    declared = declared_file(settings)
    if declared is not None:
        try:
            content = declared.read_bytes()
        except OSError as error:
            raise RequestError(f"--env {declared}: can't be read: {error.strerror}") from error
        return f"declared:{declared.name}:{hashlib.sha256(content).hexdigest()}{building}"
    environment = current() if settings.environment == CURRENT else at(settings.environment)
    done = subprocess.run([str(environment.python), "-c", _INSTALLED], capture_output=True, check=False, timeout=120)
    if done.returncode:
        raise RequestError(f"{environment.python}: its packages can't be listed: {done.stderr.decode(errors='replace')[-200:]}")
    return f"installed:{environment.python}:{hashlib.sha256(done.stdout).hexdigest()}"


def declared_file(settings: RunSettings) -> Path | None:
    """The file that declares the environment, where the settings name one."""
    if settings.environment in {AUTO, CURRENT}:
        return None
    from nbrepro.environments.discovery.formats import format_of

    path = Path(settings.environment)
    return path if format_of(path.name) is not None and not path.is_dir() else None
