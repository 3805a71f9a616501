"""One mistake in a real trace is found where it is, and called what it is."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from simulation.seeding import SEEDED, answer, first_difference, rows_of, seed

from nbrepro.simulation.alignment import align
from nbrepro.simulation.structure import structure_of

ROUNDS = 12


@pytest.mark.parametrize("branches", [True, False])
def test_a_faultless_trace_is_clean(real, branches) -> None:
    for code, moments in real.values():
        rows = rows_of(moments, structure_of(code), branches=branches)
        found = align(answer(rows, code), moments)
        assert rows
        assert found.divergences == ()
        assert [(pair.row, pair.moment) for pair in found.pairs] == [(number, number) for number in range(len(rows))]


def seeded(real, mistake):
    """Seeded traces of one class, each with the row where it first differs."""
    for name, (code, moments) in real.items():
        structure = structure_of(code)
        for number in range(ROUNDS):
            rows = rows_of(moments, structure, branches=number % 2 == 0)
            made = seed(rows, moments, structure, mistake, random.Random(f"{name}{number}"))
            if made is not None and first_difference(made[0], rows) < max(len(rows), len(made[0])):
                yield code, moments, made[0], first_difference(made[0], rows)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", SEEDED)
def test_every_class_of_mistake_is_located_and_named(real, mistake) -> None:
    places, names = Counter(), Counter()
    for code, moments, rows, place in seeded(real, mistake):
        found = align(answer(rows, code), moments).divergence
        assert found is not None
        places[found.row == place] += 1
        names[found.mistake is mistake] += 1
    assert places.total() >= 4, "the programs offer hardly a place for it"
    assert places[True] >= 0.99 * places.total(), places
    assert names[True] >= 0.95 * names.total(), names
