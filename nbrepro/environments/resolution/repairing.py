"""Releases whose metadata can't be read and which the table doesn't hold: their metadata is repaired on the way."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import replace

from packaging.version import Version

from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution.attempt import Attempt, Outcome, Repair, solve
from nbrepro.environments.resolution.metadata import Metadata, entry, read_metadata
from nbrepro.environments.resolution.source_metadata import source_metadata
from nbrepro.environments.resolution.uv import find_uv, machine_environment
from nbrepro.environments.scratch import scratch_folder
from nbrepro.environments.whole_runs import run_whole

_ROUNDS = 6


def solve_repairing(attempt: Attempt, timeout: float = 300) -> Outcome:
    """As `solve`, but a release that was passed over because of its metadata gets its metadata repaired, and is asked for again.

    Each repair of a release that the solution holds becomes a deviation of the lock.
    """
    outcome = solve(attempt, timeout)
    for _ in range(_ROUNDS):
        repaired = _repaired(outcome, timeout)
        if repaired is None:
            break
        outcome = solve(repaired, timeout)
    return outcome


def _repaired(outcome: Outcome, timeout: float) -> Attempt | None:
    """The attempt with the newest passed-over release of each package repaired; None where there is nothing to repair."""
    attempt = outcome.attempt
    for name, version in _newest(outcome.answer.rejected):
        if name in outcome.versions and Version(outcome.versions[name]) > Version(version):
            continue
        metadata = _metadata(name, version, attempt.interpreter, timeout)
        if metadata is None and attempt.builds and name not in attempt.wheels_only:
            metadata = source_metadata(name, version)
        if metadata is not None and not any((one.name, one.version) == (name, version) for one in attempt.repairs):
            changed = ", ".join(metadata.changed) or "its fields"
            message = f"the metadata of {name} {version} can't be read as it stands ({changed}); it is taken with that repaired"
            attempt = replace(attempt, repairs=(*attempt.repairs, Repair(name, version, entry(metadata), message)))
    return None if attempt is outcome.attempt else attempt


def _newest(rejected: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    newest: dict[str, str] = {}
    for name, version in rejected:
        if name not in newest or Version(version) > Version(newest[name]):
            newest[name] = version
    return sorted(newest.items())


def _metadata(name: str, version: str, interpreter: Interpreter, timeout: float) -> Metadata | None:
    """What the wheel of a release says; the wheel is unpacked but nothing of it is run. None where there is no wheel."""
    with scratch_folder("metadata") as folder:
        command = [find_uv(), "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(folder)]
        command += ["--python", interpreter.path, "--no-python-downloads", f"{name}=={version}"]
        try:
            run_whole(command, folder=folder, variables=machine_environment(), timeout=timeout).check_returncode()
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return None
        files = sorted(folder.glob("*.dist-info/METADATA"))
        return read_metadata(files[0].read_text(encoding="utf-8", errors="replace")) if files else None
