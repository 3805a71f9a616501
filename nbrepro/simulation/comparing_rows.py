"""One row of an answer against one moment of the real trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbrepro.simulation.answers import UNSET, Convention, Row, RowKind, Stated, StatedKind
from nbrepro.simulation.literals import UNREADABLE
from nbrepro.simulation.mistakes import Mistake, Tier, value_mistake
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.notation import Fit, fit, is_quoted_marker, leading_value, value_fit
from nbrepro.simulation.tagged import Opaque


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that a row states wrongly."""

    name: str
    """A variable; empty for what the row returns or raises, and for the branch it takes."""
    stated: str
    real: str
    mistake: Mistake


@dataclass(frozen=True, slots=True)
class RowFit:
    """How a row fits a moment of the same line."""

    wrong: tuple[Wrong, ...] = ()
    notation: int = 0
    """How many values are right, but written in another way."""
    compared: int = 0

    @property
    def weight(self) -> tuple[int, int]:
        """How much is wrong: first what is more than notation, then all."""
        return sum(wrong.mistake.tier is not Tier.NOTATION for wrong in self.wrong), len(self.wrong)

    @property
    def is_clean(self) -> bool:
        """Whether nothing that it states is wrong."""
        return not self.wrong


def compare(row: Row, moment: Moment, convention: Convention, known: frozenset[str], *, is_full: bool = False) -> RowFit:
    """Compare what a row states with a moment.

    Args:
        row: the row, of the same line and kind.
        moment: the real one.
        convention: which state of the moment the row shows.
        known: names that are variables anywhere in the real trace; columns that are none are left out.
        is_full: whether the row shows every variable, so that an absent one says that it has no value.
    """
    state = moment.after if convention is Convention.AFTER else moment.before
    wrong, notation, compared = [], 0, 0
    for name, stated in row.state.items():
        if name not in known:
            continue
        how = fit(stated, state, name)
        notation += how is Fit.NOTATION
        compared += how is not Fit.UNKNOWN
        if how is Fit.WRONG:
            wrong.append(_wrong(name, stated, moment, convention))
    if is_full:
        wrong += [_wrong(name, UNSET, moment, convention) for name in state if name not in row.state]
    return RowFit((*_events(row, moment), *wrong), notation, compared)


def _shown(state: Mapping[str, Any], name: str) -> str:
    if name not in state:
        return "unset"
    value = state[name]
    return value.kind if isinstance(value, Opaque) else repr(value)


def _wrong(name: str, stated: Stated, moment: Moment, convention: Convention) -> Wrong:
    state = moment.after if convention is Convention.AFTER else moment.before
    text = stated.text if stated.kind is StatedKind.VALUE else "unset"
    return Wrong(name, text, _shown(state, name), _mistake(name, stated, moment, convention))


def _mistake(name: str, stated: Stated, moment: Moment, convention: Convention) -> Mistake:
    """What kind of mistake a wrong value is."""
    is_after = convention is Convention.AFTER
    state = moment.after if is_after else moment.before
    text = stated.text
    if stated.kind is StatedKind.UNSET:
        return Mistake.STALE_VALUE if is_after and name not in moment.before else Mistake.UNSET_MARKER
    if is_after and name in moment.before and name in moment.changed and value_fit(text, moment.before[name]) >= Fit.NOTATION:
        return Mistake.STALE_VALUE
    if is_quoted_marker(text):
        return Mistake.UNSET_MARKER
    if name not in state:
        return Mistake.UNSET_MARKER if text == "None" else Mistake.SCOPE
    value = leading_value(text)
    if value is UNREADABLE:
        return Mistake.PROSE_VALUE
    return value_mistake(value, state[name]) or Mistake.OTHER_VALUE


def _events(row: Row, moment: Moment) -> list[Wrong]:
    """What is wrong with the branch, the returned value or the exception of a row."""
    found = []
    if row.taken is not None and moment.taken is not None and row.taken != moment.taken:
        found.append(Wrong("", f"taken {row.taken}", f"taken {moment.taken}", Mistake.BRANCH_FLIPPED))
    if row.value is None or moment.kind not in {RowKind.RETURN, RowKind.RAISE} or row.kind is not moment.kind:
        return found
    if row.kind is RowKind.RETURN and value_fit(row.value, moment.value) is Fit.WRONG:
        found.append(Wrong("", row.value, repr(moment.value), Mistake.WRONG_RETURN))
    if row.kind is RowKind.RAISE and row.value.partition(":")[0].strip() != str(moment.value).partition(":")[0].strip():
        found.append(Wrong("", row.value, str(moment.value), Mistake.EXCEPTION_TYPE))
    return found
