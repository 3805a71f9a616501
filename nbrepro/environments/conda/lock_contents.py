"""What a conda-lock.yml holds, before it is written or after it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.conda.wishes import PYTHON
from nbrepro.model import Deviation, Ecosystem, Lock, LockedPackage

FILE_NAME = "conda-lock.yml"
OWN = "nbrepro"
"""The key in `custom_metadata` for what the format has no place for: the Python, the date, the departures, who asked for what."""
PIP = "nbrepro-pip"
"""The key for pip's part, as the pylock.toml that it was resolved to."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A lock file's contents for one platform."""

    subdir: str
    channels: tuple[str, ...]
    records: tuple[CondaRecord, ...]
    pip: Lock | None = None
    """Pip's part; None where there is none."""
    specs: tuple[str, ...] = ()
    """What was asked for, for the hash by which conda-lock sees whether a lock is up to date."""
    sources: tuple[str, ...] = ()
    """Files that say it, relative to the project."""
    cut: datetime | None = None
    deviations: tuple[Deviation, ...] = ()
    because: Mapping[str, tuple[str, ...]] | None = None

    @property
    def python(self) -> str:
        """Full version of the Python in it; empty where it has none."""
        return next((record.version for record in self.records if record.name == PYTHON), "")

    def lock(self, text: str) -> Lock:
        """The lock that a file with these contents is."""
        because = self.because or {}
        packages = tuple(_locked(record, because.get(record.name, ())) for record in self.records)
        return Lock(
            python=self.python,
            platform=self.subdir,
            packages=packages + (self.pip.packages if self.pip else ()),
            text=text,
            file_name=FILE_NAME,
            cut=self.cut,
            deviations=self.deviations,
        )


def _locked(record: CondaRecord, because: tuple[str, ...]) -> LockedPackage:
    hashes = (("sha256", record.sha256), ("md5", record.md5))
    return LockedPackage(
        name=record.name,
        version=record.version,
        url=record.url,
        hashes=tuple(f"{kind}:{value}" for kind, value in hashes if value),
        ecosystem=Ecosystem.CONDA,
        uploaded=record.uploaded,
        size=record.size,
        because=because,
    )
