"""Resolves the scientific stack as of every June from 2017 to 2025 and checks each version against the index itself.

    python tests/benchmarks/resolution_matrix.py --index URL [--year 2019] [--build]

The check knows nothing of uv: it reads the file list of every package (the simple API with upload times), and takes the
newest final release, neither yanked nor later than the day, with a wheel for that Python and platform. A cell is right if every
version is that one, or older for a reason that is on record: a departure that names the package, or another package of the
cell whose own requirements exclude the newest (which the wheel's metadata shows: such versions are printed with `≤`).
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from nbrepro.environments.pythons import RELEASED, SETTLING_TIME, Interpreter, find_interpreters
from nbrepro.environments.resolution import Building, resolve_with_ladder
from nbrepro.errors import UnresolvableError
from nbrepro.model import EnvironmentSpec, Lock, PythonWish, Source, SourceKind, Wish

STACK = ("numpy", "pandas", "scipy", "scikit-learn", "matplotlib", "seaborn", "statsmodels")
NEWEST_PYTHONS = 4
"""So many Pythons are plausible in a year: those that were half a year old then, the newest four of them, from 3.6 on."""


def main() -> int:
    """Prints the table and gives 1 if a cell is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True, help="simple index with upload times, the one that uv uses")
    parser.add_argument("--year", type=int, action="append", help="only this year; may be given several times")
    parser.add_argument("--build", action="store_true", help="build what had no wheel")
    options = parser.parse_args()
    interpreters = {interpreter.minor: interpreter for interpreter in reversed(find_interpreters())}
    print("| day | Python |", " | ".join(STACK), "| check |")
    print("|---" * (len(STACK) + 3) + "|")
    cells = wrong = 0
    for year in options.year or range(2017, 2026):
        day = datetime(year, 6, 30, tzinfo=UTC)
        for minor in plausible(day):
            cells += 1
            wrong += not show_cell(day, interpreters[minor], options.index, build=options.build)
    print(f"\n{cells - wrong} of {cells} cells right")
    return 1 if wrong else 0


def plausible(day: datetime) -> list[str]:
    """The Pythons in which a notebook of that day may have been written, oldest first."""
    settled = [minor for minor, released in RELEASED.items() if released + SETTLING_TIME <= day.date() and Version(minor) >= Version("3.6")]
    return settled[-NEWEST_PYTHONS:]


def show_cell(day: datetime, interpreter: Interpreter, index: str, *, build: bool) -> bool:
    """Prints one row; whether it is right."""
    source = Source(SourceKind.REQUIREMENTS, "requirements.txt", 1)
    wishes = tuple(Wish(name, name, source) for name in STACK)
    spec = EnvironmentSpec("notebook.ipynb", PythonWish(f"=={interpreter.minor}.*", source), wishes, cut=day)
    try:
        lock, _ = resolve_with_ladder(spec, [interpreter], building=Building(build))
    except UnresolvableError as error:
        print(f"| {day.date()} | {interpreter.minor} |", " | ".join("–" for _ in STACK), f"| WRONG: {error} |", flush=True)
        return False
    shown, faults = check(lock, day, interpreter, index)
    notes = [deviation.slug for deviation in lock.deviations]
    verdict = "WRONG: " + "; ".join(faults) if faults else "right"
    print(f"| {day.date()} | {interpreter.minor} |", " | ".join(shown), f"| {verdict} {' '.join(notes)} |", flush=True)
    return not faults


def check(lock: Lock, day: datetime, interpreter: Interpreter, index: str) -> tuple[list[str], list[str]]:
    """The versions of a cell as they are shown, and what is wrong with them."""
    versions = {package.name: package.version for package in lock.packages}
    shown, faults = [], []
    for name in STACK:
        chosen, expected = versions.get(name), newest(index, name, day, interpreter)
        departure = any(name in deviation.message for deviation in lock.deviations)
        if chosen == expected or (chosen and departure):
            shown.append(f"{chosen}{'*' if departure else ''}")
        elif chosen and expected and (holder := holding_back(lock, name, expected)):
            shown.append(f"{chosen} ≤ {holder}")
        else:
            shown.append(str(chosen))
            faults.append(f"{name} {chosen}, expected {expected}")
    return shown, faults


@functools.cache
def files(index: str, name: str) -> list[dict[str, Any]]:
    """Everything that the index has of a package."""
    request = urllib.request.Request(f"{index.rstrip('/')}/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return list(json.load(answer)["files"])


@functools.cache
def tags(path: str) -> frozenset[Tag]:
    """The wheel tags that an interpreter accepts, by packaging and not by uv."""
    minor = subprocess.run([path, "-c", "import sys; print(sys.version_info[1])"], capture_output=True, text=True, check=True).stdout
    from packaging import tags as known

    version = (3, int(minor))
    abis = [f"cp3{version[1]}m"] if version[1] < 8 else None
    return frozenset((*known.cpython_tags(version, abis), *known.compatible_tags(version, f"cp3{version[1]}")))


def newest(index: str, name: str, day: datetime, interpreter: Interpreter) -> str | None:
    """The newest final release of a package as of a day with a wheel for a Python."""
    found = [version for file in files(index, name) if (version := wheel_version(file, day, interpreter)) is not None]
    return str(max(found)) if found else None


def wheel_version(file: dict[str, Any], day: datetime, interpreter: Interpreter) -> Version | None:
    """The version of a file that could have been installed on that day; None for all others."""
    if file.get("yanked") or datetime.fromisoformat(file["upload-time"]) > day:
        return None
    try:
        _, version, _, offered = parse_wheel_filename(file["filename"])
        python = SpecifierSet(file.get("requires-python") or "")
    except (InvalidWheelFilename, InvalidSpecifier):
        return None
    fits = not version.is_prerelease and python.contains(interpreter.version) and offered & tags(interpreter.path)
    return version if fits else None


def holding_back(lock: Lock, name: str, expected: str) -> str:
    """The package of a lock whose own metadata excludes a version of another; empty if there is none."""
    from packaging.requirements import Requirement

    for package in lock.packages:
        for line in requirements(package.url):
            requirement = Requirement(line)
            applies = requirement.marker is None or requirement.marker.evaluate(
                {"python_version": lock.python.rsplit(".", 1)[0], "extra": ""}
            )
            if requirement.name.lower() == name and applies and not requirement.specifier.contains(expected):
                return f"{package.name} {requirement.specifier}"
    return ""


@functools.cache
def requirements(url: str) -> tuple[str, ...]:
    """What a wheel depends on, by the metadata that the index keeps beside it; empty where it keeps none."""
    from email.parser import HeaderParser

    try:
        with urllib.request.urlopen(f"{url}.metadata", timeout=60) as answer:
            headers = HeaderParser().parsestr(answer.read().decode("utf-8", "replace"))
    except (OSError, ValueError):
        return ()
    return tuple(str(line) for line in headers.get_all("Requires-Dist", []))


if __name__ == "__main__":
    sys.exit(main())
