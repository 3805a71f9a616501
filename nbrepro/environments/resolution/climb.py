"""The ladder: where the wishes can't be met as they are, the one package that stands in the way is loosened a little at a time.

What the code can do without gives way first, and comes back with what is left of it once all else is met. The rungs for what
is needed, in their order: leave out what no index knows, settle a contradiction, drop a local label, build from source (if
allowed), nearest patch, nearest minor, a neighbouring Python, any version as of the date, a later version, without the package.
Every rung that is used is a deviation of the lock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nbrepro.environments.build_needs import build_need
from nbrepro.environments.resolution.attempt import Attempt, Outcome, Progress
from nbrepro.environments.resolution.checking import solve_checked
from nbrepro.environments.resolution.messages import blamed, failed_build, mentioned
from nbrepro.environments.resolution.request import Asked
from nbrepro.environments.resolution.rungs import Rung, after_date, drop, free_absent
from nbrepro.environments.resolution.uv import ask
from nbrepro.model import SourceKind

BUILD_PATIENCE = 180.0
"""Seconds for one answer where sources are built to say what they need: uv may ask hundreds of releases, one after the other."""
_WEAKNESS = {kind: place for place, kind in enumerate(SourceKind)}


@dataclass(slots=True)
class Climb:
    """One way up the ladder: which rungs there are, how many each package has used, and how long it may still take."""

    steps: tuple[Rung, ...]
    deadline: float
    on_progress: Progress
    used: dict[str, int] = field(default_factory=dict)
    freed: set[str] = field(default_factory=set)
    """Packages that others need, of which it was tried whether the date is in the way."""

    @property
    def remaining(self) -> float:
        """Seconds left, at least one, so that what was begun gets an answer."""
        return max(1.0, self.deadline - time.monotonic())

    def up(self, attempt: Attempt) -> Outcome:
        """Loosens until there is a solution, no rung is left, or the time is over; the last outcome."""
        outcome = self._solved(attempt)
        if not outcome.answer.is_solved and any(one.is_optional for one in attempt.asked):
            outcome = self._without_optional(outcome)
        while not outcome.answer.is_solved and time.monotonic() < self.deadline:
            loosened = _hurried(outcome) or self._loosened(outcome)
            if loosened is None:
                break
            self._tell(outcome.attempt, loosened)
            outcome = self._solved(loosened)
        if not outcome.answer.is_solved:
            return outcome
        return self._put_back(replace(outcome, attempt=replace(outcome.attempt, aside=())), outcome.attempt.aside)

    def _without_optional(self, failed: Outcome) -> Outcome:
        """With the optional wishes set aside, so that nothing that is needed gives way for them."""
        self.on_progress("trying without what the code can do without")
        outcome = self._solved(failed.attempt.needed_only())
        if failed.answer.is_late and outcome.answer.is_solved:
            # Which of them takes so long, only as much time again for each would tell.
            return self._dropped(replace(outcome, attempt=replace(outcome.attempt, aside=())), outcome.attempt.aside)
        return outcome

    def _put_back(self, outcome: Outcome, optional: tuple[Asked, ...]) -> Outcome:
        """A solution with as many of the optional wishes as go with it; the others are dropped."""
        if not optional:
            return outcome
        if time.monotonic() > self.deadline:
            return self._dropped(outcome, optional)
        more = self._solved(replace(outcome.attempt, asked=(*outcome.attempt.asked, *optional)))
        if more.answer.is_solved:
            return more
        if len(optional) > 1 and not more.answer.is_late:
            half = len(optional) // 2
            return self._put_back(self._put_back(outcome, optional[:half]), optional[half:])
        why = failed_build(more.answer.explanation)[1]
        while not (more.answer.is_solved or more.answer.is_late):
            loosened = _mended(more) or after_date(more.attempt, optional[0].name, self.remaining)
            if loosened is None or time.monotonic() > self.deadline:
                break
            more = self._solved(loosened)
        return more if more.answer.is_solved else self._dropped(outcome, optional, why)

    def _dropped(self, outcome: Outcome, optional: tuple[Asked, ...], why: str = "") -> Outcome:
        """The same solution, with what was left out on record."""
        for one in optional:
            tried = replace(outcome.attempt, asked=(*outcome.attempt.asked, one))
            without = drop(tried, one.name, self.remaining)
            if without is not None:
                message = f"{without.deviations[-1].message}{f' ({why})' if why else ''}"
                self.on_progress(f"{without.deviations[-1].slug}: {message}")
                outcome = outcome.with_deviation(without.deviations[-1].slug, message)
        return outcome

    def _solved(self, attempt: Attempt) -> Outcome:
        return solve_checked(attempt, min(self.remaining, BUILD_PATIENCE) if attempt.builds else self.remaining)

    def _tell(self, before: Attempt, after: Attempt) -> None:
        new = after.deviations[len(before.deviations) :]
        self.on_progress(f"{new[-1].slug}: {new[-1].message}" if new else "trying without a build that failed")

    def _loosened(self, outcome: Outcome) -> Attempt | None:
        """The next smaller departure for the package that stands in the way."""
        mended = _mended(outcome)
        if mended is not None:
            return mended
        freed = self._freed(outcome)
        if freed is not None:
            return freed
        for name in self._in_the_way(outcome):
            while self.used.get(name, 0) < len(self.steps):
                step = self.steps[self.used.get(name, 0)]
                self.used[name] = self.used.get(name, 0) + 1
                loosened = step(outcome.attempt, name, self.remaining)
                if loosened is not None:
                    return loosened
        return None

    def _freed(self, outcome: Outcome) -> Attempt | None:
        """One of the packages that others need freed of the date, before anything that is wished gives way.

        One that is wished itself is freed where another wish was already, which may need it: that one's releases of the day can't
        be had, so that it is blamed as long as its next one has no such company.
        """
        attempt = outcome.attempt
        if attempt.cut is None:
            return None
        names = blamed(outcome.answer.explanation)
        is_wish_freed = any(name in attempt.undated and attempt.of(name) for name in names)
        for name in names:
            if name in self.freed or (attempt.of(name) and not is_wish_freed):
                continue
            self.freed.add(name)
            loosened = free_absent(attempt, name, self.remaining)
            if loosened is not None:
                return loosened
        return None

    def _in_the_way(self, outcome: Outcome) -> Iterator[str]:
        """Packages that may be loosened, the likeliest first: the blamed ones, those spoken of, the one found by halving."""
        attempt, explanation = outcome.attempt, outcome.answer.explanation
        yield from blamed(explanation)
        spoken_of = mentioned(explanation, attempt.wished)
        yield from sorted(spoken_of, key=lambda name: -max(_WEAKNESS[one.source.kind] for one in attempt.of(name)))
        found = self._by_halving(attempt)
        if found is not None:
            yield found

    def _by_halving(self, attempt: Attempt) -> str | None:
        """The first wish with which the ones before it can't be met any more."""
        good, bad = 0, len(attempt.asked)
        while bad - good > 1 and time.monotonic() < self.deadline:
            middle = (good + bad) // 2
            part = replace(attempt, asked=attempt.asked[:middle])
            if ask(part.question(), part.interpreter, as_lock=False, timeout=self.remaining).is_solved:
                good = middle
            else:
                bad = middle
        return attempt.asked[bad - 1].name if attempt.asked else None


def _hurried(outcome: Outcome) -> Attempt | None:
    """Without any build, where uv was not ready in time; None where that is not what took so long."""
    if not (outcome.answer.is_late and outcome.attempt.builds):
        return None
    message = f"{outcome.answer.explanation} while sources were asked what they need; nothing is built"
    return replace(outcome.attempt, builds=False).with_deviation("build-failed", message)


def _mended(outcome: Outcome) -> Attempt | None:
    """With what a build that failed lacked, else without it; None where no build failed."""
    need = build_need(outcome.answer.explanation)
    if need is None or need in outcome.attempt.build_needs:
        return _without_failed_build(outcome)
    attempt = replace(outcome.attempt, build_needs=(*outcome.attempt.build_needs, need))
    return attempt.with_deviation(need.deviation.slug, need.deviation.message)


def _without_failed_build(outcome: Outcome) -> Attempt | None:
    """With the package only as a wheel whose source could not be built; None where that is not what went wrong."""
    name, why = failed_build(outcome.answer.explanation)
    if not name or name in outcome.attempt.wheels_only:
        return None
    refused = replace(outcome.attempt, wheels_only=outcome.attempt.wheels_only | {name})
    return refused.with_deviation("build-failed", f"{name} could not be built from its source{': ' if why else ''}{why}")
