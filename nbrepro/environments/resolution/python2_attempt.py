"""One attempt at a resolution for Python 2.7: what is asked with all loosenings so far, and which days bind it.

The kernel's packages are the last ones that run on Python 2, whatever the date. Packages that bring parts of Python 3's standard
library to Python 2 come from a later day than the notebook's too: before that most of them had no wheels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution.harness import FLOATING, KERNEL, bounds, draws_with_matplotlib_1, harness_cut
from nbrepro.environments.resolution.request import Asked
from nbrepro.environments.resolution.uv import Question
from nbrepro.model import Deviation, SourceKind

KERNEL_PINS = {
    "ipykernel": "4.10.1",
    "ipython": "5.10.0",
    "jupyter-client": "5.3.5",
    "pyzmq": "19.0.2",
    "tornado": "5.1.1",
    "traitlets": "4.3.3",
}
"""The last releases for Python 2 that work together."""
KERNEL_FOR_MATPLOTLIB_1 = "4.8.2"
"""The last kernel that shows figures of matplotlib 1."""

KERNEL_TOOLS = frozenset({"setuptools"})
"""What IPython 5 needs in a version that may be later than the notebook."""

BACKPORTS = frozenset(
    {
        "backports-abc",
        "backports-functools-lru-cache",
        "backports-shutil-get-terminal-size",
        "configparser",
        "contextlib2",
        "enum34",
        "functools32",
        "futures",
        "importlib-metadata",
        "ipaddress",
        "pathlib2",
        "scandir",
        "singledispatch",
        "subprocess32",
        "typing",
        "zipp",
    }
)
"""Parts of Python 3's standard library for Python 2: what they do doesn't change."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is asked for, with every loosening made so far."""

    asked: tuple[Asked, ...]
    cut: datetime | None
    interpreter: Interpreter
    built: frozenset[str] = frozenset()
    """Packages that may be built from source."""
    undated: frozenset[str] = frozenset()
    """Packages that may be newer than the date, besides the kernel's and those that are pinned."""
    early: frozenset[str] = frozenset()
    """Packages of which pre-releases may be taken, besides those of which one is asked for."""
    extra: tuple[str, ...] = ()
    """Further bounds that loosenings brought."""
    deviations: tuple[Deviation, ...] = ()

    @property
    def wished(self) -> frozenset[str]:
        """Names of the packages that somebody wishes."""
        return frozenset(one.name for one in self.asked if one.source.kind is not SourceKind.HARNESS)

    def of(self, name: str) -> tuple[Asked, ...]:
        """Everything that is asked of one package."""
        return tuple(one for one in self.asked if one.name == name)

    @property
    def _kernel_pins(self) -> dict[str, str]:
        wished = {one.name: one.pin for one in self.asked if one.pin}
        return {**KERNEL_PINS, KERNEL: KERNEL_FOR_MATPLOTLIB_1} if draws_with_matplotlib_1(wished, self.cut) else KERNEL_PINS

    @property
    def _free_kernel(self) -> frozenset[str]:
        """The kernel, where what is wished of it allows the last one: an older one of the day fails with the tornado that there is."""
        wishes = self.of(KERNEL)
        is_allowed = all(one.requirement.specifier.contains(self._kernel_pins[KERNEL]) for one in wishes)
        return frozenset({KERNEL}) if wishes and is_allowed else frozenset()

    def with_deviation(self, slug: str, message: str) -> Attempt:
        """The same with one more departure on record."""
        return replace(self, deviations=(*self.deviations, Deviation(slug, message)))

    def question(self) -> Question:
        """What pip is asked, and which day binds which package."""
        bound = self.wished - self._free_kernel
        floating = (FLOATING | BACKPORTS) - bound
        limits = (limit for limit in bounds(self.cut) if limit.split("<")[0] in floating)
        pins = (f"{name}=={version}" for name, version in self._kernel_pins.items() if name not in bound)
        return Question(
            requirements=tuple(str(one) for one in self.asked if not one.is_constraint),
            constraints=(*(str(one) for one in self.asked if one.is_constraint), *limits, *pins, *self.extra),
            cut=self.cut,
            undated=frozenset(one.name for one in self.asked if one.pin is not None) | self.undated | KERNEL_TOOLS,
            floating=floating,
            floating_cut=harness_cut(self.cut, self.interpreter),
        )
