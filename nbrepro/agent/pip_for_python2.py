"""pip 20.3, the last for Python 2, with the memory and the search of later pips; runs in its environment, as the text of `-c`.

On Python 2 pip keeps no answers: it reads and sorts the list of every package again for every step of its search. And where
packages stand against each other, it undoes its last choice, whatever that has to do with the matter, so that a few dozen
packages take minutes or never end. Here it goes back to the last choice that has a part in the conflict, and tries the
packages of the conflict first, as pip does since 22.2 (resolvelib 1.0, https://github.com/sarugaku/resolvelib/pull/113).
"""
# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202 - Python 2 knows no annotations
# mypy: disable-error-code="no-untyped-def, import-untyped, import-not-found, attr-defined, call-arg"

import sys

from pip._internal.utils import compat


def once(maxsize=None):  # noqa: ARG001 - as it is called
    """Stand in for Python 3's `lru_cache`, without an end."""

    def kept(whole):
        answers = {}

        def quick(*given, **named):
            question = (given, tuple(sorted(named.items())))
            if question not in answers:
                answers[question] = whole(*given, **named)
            return answers[question]

        return quick

    return kept


# Before pip's other modules are imported: they take it from here.
compat.lru_cache = once

from pip._internal.cli.main import main  # noqa: E402
from pip._internal.models.wheel import Wheel  # noqa: E402
from pip._internal.resolution.resolvelib.provider import PipProvider  # noqa: E402
from pip._vendor.resolvelib import resolvers  # noqa: E402

place_among = Wheel.support_index_min
needs_of = PipProvider.get_dependencies
pin = resolvers.Resolution._attempt_to_pin_criterion
preference = resolvers.Resolution._get_criterion_item_preference


def remember_places():
    """Let a wheel's place among the tags be looked for once."""
    places = {}

    def place(wheel, tags):
        question = (wheel.filename, len(tags))
        if question not in places:
            places[question] = place_among(wheel, tags)
        return places[question]

    Wheel.support_index_min = place


def remember_needs():
    """Let the needs of a release be read once."""
    needs = {}

    def get_dependencies(provider, candidate):
        # The candidate is kept with its needs, so that no other one can have its number.
        if id(candidate) not in needs:
            needs[id(candidate)] = candidate, needs_of(provider, candidate)
        return needs[id(candidate)][1]

    PipProvider.get_dependencies = get_dependencies


def merged_with(criterion, provider, requirement, parent):
    """Ask more of a package, and not forget which of its releases have failed."""
    asked = list(criterion.information) + [resolvers.RequirementInformation(requirement, parent)]  # noqa: RUF005 - Python 2
    found = resolvers.build_iter_view(provider.find_matches([one for one, _ in asked]))
    if criterion.incompatibilities:
        found = found.excluding(criterion.incompatibilities)
    merged = type(criterion)(found, asked, list(criterion.incompatibilities))
    if not found:
        raise resolvers.RequirementsConflicted(merged)
    return merged


def attempt_to_pin(search, name, criterion):
    """Keep what stands in the way of a package."""
    causes = pin(search, name, criterion)
    if causes:
        search.causes = names_in(search, causes)
    return causes


def names_in(search, causes):
    """Name the packages that ask for something in a conflict, and those of which it is asked."""
    found = set()
    for criterion in causes:
        for requirement, parent in criterion.information:
            found.add(search._p.identify(requirement))
            if parent is not None:
                found.add(search._p.identify(parent))
    return found


def criterion_preference(search, item):
    """Put the packages of the last conflict first: if they can't go together, nothing else needs to be tried."""
    return item[0] not in getattr(search, "causes", ()), preference(search, item)


def backtrack(search):
    """Go back to the last choice that has a part in the conflict, and make another one; False where there is none."""
    while True:
        del search._states[-1]  # the one that failed
        choice = undo_choice(search)
        if choice is None:
            return False
        undone, name, candidate = choice
        excluded = [(key, list(one.incompatibilities)) for key, one in undone.criteria.items()]
        search._r.backtracking(candidate)
        search._push_new_state()
        if exclude(search, excluded + [(name, [candidate])]):  # noqa: RUF005 - Python 2
            return True


def undo_choice(search):
    """Undo choices up to the last one that asks for a package of the conflict; None where none does."""
    while search._states[1:]:
        undone = search._states.pop()
        name, candidate = undone.mapping.popitem()
        if not search.causes.isdisjoint(search._p.identify(need) for need in search._p.get_dependencies(candidate)):
            return undone, name, candidate
    return None


def exclude(search, excluded):
    """Leave releases out of what is to be tried; False where nothing is left of a package."""
    for name, candidates in excluded:
        criterion = search.state.criteria.get(name)
        if criterion is None or not candidates:
            continue
        narrowed = criterion.excluded_of(candidates)
        if narrowed is None:
            return False
        search.state.criteria[name] = narrowed
    return True


remember_places()
remember_needs()
resolvers.Criterion.merged_with = merged_with
resolvers.Resolution._attempt_to_pin_criterion = attempt_to_pin
resolvers.Resolution._get_criterion_item_preference = criterion_preference
resolvers.Resolution._backtrack = backtrack
sys.exit(main(sys.argv[1:]))
