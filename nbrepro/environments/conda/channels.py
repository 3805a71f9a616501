"""Conda channels: what `defaults` stands for, and channels without their secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from nbrepro.environments.discovery.addresses import without_credentials

DEFAULTS = "defaults"
_NO_DEFAULTS = "nodefaults"
_DEFAULT_CHANNELS = ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r")
_FREE = "https://repo.anaconda.com/pkgs/free"
_WITHOUT_FREE = datetime(2019, 7, 1, tzinfo=UTC)
"""conda 4.7, of the summer of 2019, took `free` out of its default channels."""


def expanded(channels: Iterable[str], cut: datetime | None = None) -> tuple[str, ...]:
    """Channels in their order, each once, with what `defaults` stood for on a day; without any, conda's default channels.

    >>> expanded(["conda-forge", "nodefaults", "bioconda", "conda-forge"])
    ('conda-forge', 'bioconda')
    >>> expanded(["conda-forge", "defaults"])
    ('conda-forge', 'https://repo.anaconda.com/pkgs/main', 'https://repo.anaconda.com/pkgs/r')
    """
    named = tuple(dict.fromkeys(without_credentials(channel.strip()) for channel in channels if channel.strip()))
    return tuple(dict.fromkeys(_each(named or (DEFAULTS,), cut)))


def _each(channels: Iterable[str], cut: datetime | None) -> Iterator[str]:
    for channel in channels:
        if channel == DEFAULTS:
            yield from _DEFAULT_CHANNELS
            if cut is not None and cut < _WITHOUT_FREE:
                yield _FREE
        elif channel != _NO_DEFAULTS:
            yield channel


def leaves_defaults_out(channels: Iterable[str]) -> bool:
    """Whether conda would not look into its default channels after these: they are named, or refused."""
    named = tuple(channels)
    return not named or DEFAULTS in named or _NO_DEFAULTS in named
