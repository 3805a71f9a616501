"""Wheels whose own metadata no installer reads, as old sources build them: their requirements are put into a form that can be read."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from pathlib import Path

from nbrepro.environments.build_needs import FAILED_BUILD
from nbrepro.environments.resolution.metadata import repaired

_UNREADABLE = re.compile(rf"{FAILED_BUILD}\s*cause: Failed to parse metadata")
_REQUIREMENT = re.compile(r"^Requires-Dist:(?P<requirement>.*)$", re.MULTILINE)


def unreadable(said: str) -> str | None:
    r"""The package that was built and whose metadata uv then refused; None where that is not what went wrong.

    >>> unreadable("error: Failed to download and build `gym==0.21.0`\n  cause: Failed to parse metadata from built wheel\n")
    'gym'
    """
    found = _UNREADABLE.search(said)
    return found[1] if found else None


def mend(wheel: Path, folder: Path) -> Path:
    """The same wheel with readable requirements and a RECORD that agrees, written into a folder under the same name."""
    target = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        place = next(name for name in old.namelist() if name.endswith(".dist-info/METADATA"))
        text = _REQUIREMENT.sub(_readable, old.read(place).decode("utf-8", "replace")).encode()
        record = place.replace("/METADATA", "/RECORD")
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == place:
                content = text
            elif entry.filename == record:
                content = re.sub(rf"(?m)^{re.escape(place)},.*$", f"{place},{_hash(text)},{len(text)}", content.decode()).encode()
            new.writestr(entry, content)
    return target


def _readable(line: re.Match[str]) -> str:
    """The line with its requirement repaired; without a line where not even a name can be read."""
    requirement = repaired(line["requirement"].strip())
    return f"Requires-Dist: {requirement}" if requirement else "X-Requires: unreadable"


def _hash(content: bytes) -> str:
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()}"
