"""Which step is which: equal sources, moved ones, ids, similar sources."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nbrepro.comparison.alignment import align
from nbrepro.comparison.sequences import longest_rising, matches_in_order
from nbrepro.model import Step

FIT = "model = LinearRegression()\nmodel.fit(features, target)\nprint(model.coef_)"
LOAD = "import pandas as pd\nframe = pd.read_csv('data.csv')\nframe.head()"
PLOT = "fig, ax = plt.subplots()\nax.plot(frame.x, frame.y)\nax.set_title('speed')"


def steps(*sources: str, ids: str = "") -> tuple[Step, ...]:
    return tuple(Step(index, source, cell_id=ids[index] if ids else None) for index, source in enumerate(sources))


def places(expected: tuple[Step, ...], observed: tuple[Step, ...]) -> list[tuple[int | None, int | None]]:
    return [(before.index if before else None, after.index if after else None) for before, after in align(expected, observed)]


def test_equal_cells_in_order() -> None:
    assert places(steps(LOAD, FIT, PLOT), steps(LOAD, FIT, PLOT)) == [(0, 0), (1, 1), (2, 2)]


def test_an_added_and_a_removed_cell() -> None:
    assert places(steps(LOAD, PLOT), steps(LOAD, FIT, PLOT)) == [(0, 0), (None, 1), (1, 2)]
    assert places(steps(LOAD, FIT, PLOT), steps(LOAD, PLOT)) == [(0, 0), (1, None), (2, 1)]
    assert places(steps(LOAD, PLOT), steps(PLOT)) == [(0, None), (1, 0)]


def test_a_moved_cell_is_still_itself() -> None:
    assert places(steps(LOAD, FIT, PLOT), steps(PLOT, LOAD, FIT)) == [(2, 0), (0, 1), (1, 2)]


def test_repeated_cells_are_paired_in_order() -> None:
    assert places(steps("f()", LOAD, "f()"), steps("f()", LOAD, "f()", "f()")) == [(0, 0), (1, 1), (2, 2), (None, 3)]


def test_a_changed_cell_is_found_by_its_id() -> None:
    assert places(steps(LOAD, "a = 1", ids="xy"), steps(LOAD, "print('another thing')", ids="xy")) == [(0, 0), (1, 1)]


def test_equal_source_goes_before_an_equal_id() -> None:
    assert places(steps(LOAD, FIT, ids="xy"), steps(FIT, LOAD, ids="xy")) == [(1, 0), (0, 1)]


def test_a_changed_cell_is_found_by_similarity_even_if_it_moved() -> None:
    edited = FIT.replace("LinearRegression", "Ridge")
    assert places(steps(LOAD, FIT, PLOT), steps(edited, LOAD, PLOT)) == [(1, 0), (0, 1), (2, 2)]


def test_the_most_similar_cell_wins() -> None:
    other = PLOT.replace("frame.y", "frame.z").replace("speed", "force")
    nearer = PLOT.replace("speed", "pace")
    assert places(steps(LOAD, PLOT), steps(LOAD, other, nearer)) == [(0, 0), (None, 1), (1, 2)]


def test_unlike_cells_are_not_paired() -> None:
    assert places(steps(LOAD, FIT), steps(LOAD, "%matplotlib inline")) == [(0, 0), (1, None), (None, 1)]


def test_a_short_edit_between_the_same_neighbours_is_a_change() -> None:
    assert places(steps(LOAD, "x = 1", PLOT), steps(LOAD, "y = 1", PLOT)) == [(0, 0), (1, 1), (2, 2)]


def test_nothing_to_align() -> None:
    assert places((), ()) == []
    assert places(steps(LOAD), ()) == [(0, None)]
    assert places((), steps(LOAD)) == [(None, 0)]


SOURCES = st.lists(st.sampled_from(["", "a", "b = 1", LOAD, FIT, PLOT, FIT + "\nx", "c()"]), max_size=12)


@given(SOURCES, SOURCES)
def test_every_step_stands_in_one_pair(first: list[str], second: list[str]) -> None:
    pairs = places(steps(*first), steps(*second))
    assert sorted(i for i, _ in pairs if i is not None) == list(range(len(first)))
    assert [j for _, j in pairs if j is not None] == list(range(len(second)))
    assert (None, None) not in pairs


@given(SOURCES, SOURCES)
def test_the_pairs_are_the_same_in_both_directions(first: list[str], second: list[str]) -> None:
    there, back = places(steps(*first), steps(*second)), places(steps(*second), steps(*first))
    assert {(i, j) for j, i in back} == set(there)


@given(st.lists(st.integers(0, 10_000).map(lambda number: f"x{number} = f({number})"), unique=True, max_size=40), st.randoms())
def test_a_shuffled_notebook_pairs_every_cell_with_itself(sources: list[str], chance: object) -> None:
    shuffled = list(sources)
    chance.shuffle(shuffled)
    for before, after in align(steps(*sources), steps(*shuffled)):
        assert before is not None
        assert after is not None
        assert before.source == after.source


@given(st.lists(st.sampled_from("abcdef"), max_size=30), st.lists(st.sampled_from("abcdef"), max_size=30))
def test_matches_are_equal_and_rise(left: list[str], right: list[str]) -> None:
    matches = matches_in_order(left, right)
    assert all(left[i] == right[j] for i, j in matches)
    assert all(i < k and j < n for (i, j), (k, n) in pairwise(matches))
    assert bool(matches) == bool(set(left) & set(right))


@given(st.permutations(range(12)))
def test_the_longest_rising_run_is_the_longest(order: list[int]) -> None:
    lengths: list[int] = []
    for position, value in enumerate(order):
        lengths.append(1 + max((lengths[k] for k in range(position) if order[k] < value), default=0))
    chosen = longest_rising(list(enumerate(order)))
    assert len(chosen) == max(lengths)
    assert chosen == sorted(chosen)
