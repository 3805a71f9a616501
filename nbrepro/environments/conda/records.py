"""One package of a conda channel, with everything that is needed to lock it and to install it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from datetime import datetime

_BUILD_NUMBER = re.compile(r"(?:^|_)(\d+)$")


@dataclass(frozen=True, slots=True)
class CondaRecord:
    """A package exactly as a channel has it."""

    name: str
    version: str
    build: str
    subdir: str
    """`noarch`, or a platform such as `linux-64`."""
    url: str
    """Without credentials."""
    depends: tuple[str, ...] = ()
    md5: str = ""
    """In hexadecimal digits; empty where the channel doesn't say it."""
    sha256: str = ""
    size: int | None = None
    uploaded: datetime | None = None
    """When it was built or indexed; None where the channel doesn't say it."""

    @property
    def needs(self) -> frozenset[str]:
        """Names of the packages that it depends on, without virtual ones."""
        return frozenset(one.split()[0] for one in self.depends if one.split() and not one.startswith("__"))

    @property
    def is_python_package(self) -> bool:
        """Whether it is installed for a Python, and so may be what PyPI has under that name."""
        return bool(self.needs & {"python", "python_abi"})

    @property
    def file_name(self) -> str:
        """Name of the archive."""
        return posixpath.basename(self.url.partition("?")[0])

    @property
    def channel(self) -> str:
        """Address of the channel that has it."""
        return posixpath.dirname(posixpath.dirname(self.url))

    @property
    def build_number(self) -> int:
        """The number at the end of the build string, as builds are named; 0 where there is none."""
        found = _BUILD_NUMBER.search(self.build)
        return int(found[1]) if found else 0
