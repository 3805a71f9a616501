"""When to ask again, and how long to wait before.

Exponential waiting with full jitter: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
`Retry-After`: RFC 9110, section 10.2.3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom

_AGAIN = frozenset({408, 409, 425, 429})
_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request brought no whole answer."""

    slug: str
    words: str
    status: int | None = None
    """HTTP status; None where the connection failed, or broke within the answer."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case."""
    is_passing: bool = False
    """Whether the same request may work later."""
    parameter: str = ""
    """Which part of the request the server names as the wrong one; empty where it names none."""

    @property
    def problem(self) -> str:
        """Slug and words, as a `Completion` has them."""
        return f"{self.slug}: {self.words}"


def is_passing(status: int) -> bool:
    """Whether a status says that the same request may work later.

    >>> [is_passing(status) for status in (400, 401, 404, 408, 429, 500, 503)]
    [False, False, False, True, True, True, True]
    """
    return status in _AGAIN or 500 <= status <= 599  # noqa: PLR2004 - the class of server errors


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to ask again, and how long to wait, in seconds."""

    retries: int = 5
    first: float = 0.5
    """Upper bound of the first pause; it doubles each time."""
    longest: float = 60.0
    """Upper bound of every pause that the server doesn't ask for."""
    longest_wanted: float = 600.0
    """A server that asks for a longer pause is not asked again."""

    def pause(self, failure: Failure, attempt: int, now: datetime | None = None) -> float | None:
        """How long to wait after the given attempt (from 1); None where asking again is no use.

        >>> busy = Failure("rate-limit", "too many requests", 429, {"retry-after": "7"}, is_passing=True)
        >>> 7 <= Patience().pause(busy, attempt=1) <= 7.5
        True
        >>> Patience(retries=2).pause(busy, attempt=3) is None
        True
        """
        if not failure.is_passing or attempt > self.retries:
            return None
        wanted = wanted_pause(failure.headers, now or datetime.now(UTC))
        if wanted is None:
            return _random.uniform(0, min(self.longest, self.first * 2.0 ** (attempt - 1)))
        return None if wanted > self.longest_wanted else wanted + _random.uniform(0, self.first)


def wanted_pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds for which the server asks not to be asked; None where it says nothing that can be read.

    >>> wanted_pause({"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT"}, datetime(2015, 10, 21, 7, 28, tzinfo=UTC))
    10.0
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "")
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
