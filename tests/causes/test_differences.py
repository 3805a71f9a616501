"""Why cells differ: chance, the clock, versions, the machine, the order of execution, or nothing that is known."""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import replace

import pytest
from generated import notebooks
from harness import Example, code, display, result, stdout
from hypothesis import given
from PIL import Image

from nbrepro.causes import Cause, Certainty, Circumstances
from nbrepro.causes.bindings import bindings_of
from nbrepro.causes.differing import out_of_order
from nbrepro.causes.explaining import causes_of
from nbrepro.causes.randomness import unseeded
from nbrepro.comparison import compare
from nbrepro.model import Execution, Origin
from nbrepro.notebooks import parse


def execution(cells: tuple[str, ...], outputs: tuple[str, ...], counts: tuple[int | None, ...] = ()) -> Execution:
    numbers = counts or tuple(range(1, len(cells) + 1))
    shown = [code(cell, *([stdout(text)] if text else []), count=count) for cell, text, count in zip(cells, outputs, numbers, strict=True)]
    return Example(cells=shown).document().saved_execution()


def causes(
    cells: tuple[str, ...],
    expected: tuple[str, ...],
    observed: tuple[str, ...],
    known: Circumstances | None = None,
    *,
    counts: tuple[int | None, ...] = (),
) -> tuple[Cause, ...]:
    saved = execution(cells, expected, counts)
    return causes_of(compare(saved, replace(execution(cells, observed), origin=Origin.RERUN)), known or Circumstances())


@pytest.mark.parametrize(
    ("source", "expected", "observed", "slug"),
    [
        ("import random; print(random.random())", "0.25", "0.75", "unseeded-randomness"),
        ("import numpy as np; print(np.random.rand())", "0.25", "0.75", "unseeded-randomness"),
        ("print(df.sample(3))", "0.25", "0.75", "unseeded-randomness"),
        ("import random; random.seed(1); print(random.random())", "0.25", "0.75", "other-environment"),
        ("print(train_test_split(x, random_state=0))", "0.25", "0.75", "other-environment"),
        ("print(np.random.RandomState(3).rand())", "0.25", "0.75", "other-environment"),
        ("import datetime; print(datetime.date.today().strftime('on %d %B'))", "on 2019-03-04", "on 2024-11-22", "clock"),
        ("import time; t = time.time(); f(); print(time.time() - t, 's')", "3.25 s of it for 7 rows", "9.75 s of it for 7 rows", "clock"),
        ("print(df.index[0])", "day 2019-03-04", "day 2024-11-22", "other-environment"),
        ("import time; print(time.time() and f())", "rows: 7", "rows: 9", "other-environment"),
        ("import numpy; print(numpy.__version__)", "1.16.2", "1.19.5", "versions-shown"),
        ("print(what)", "Python 3.6.9 of x", "Python 3.6.15 of x", "versions-shown"),
        ("print(mean)", "mean 3.6 of x", "mean 3.7 of x", "other-environment"),
        ("import os; print(os.cpu_count(), 'processors')", "8 processors", "2 processors", "machine-shown"),
        ("print(where)", "saved to /Users/me/work/a.csv", "saved to /mnt/x/data/b.csv", "machine-shown"),
        ("print(f())", "one", "two", "other-environment"),
    ],
)
def test_what_an_output_shows(source: str, expected: str, observed: str, slug: str) -> None:
    (found,) = causes((source,), (expected,), (observed,))
    assert (found.slug, found.step) == (slug, 0)
    assert found.certainty is (Certainty.POSSIBLE if slug == "other-environment" else Certainty.LIKELY)


def picture(width: int, height: int, shade: int) -> Execution:
    file = io.BytesIO()
    Image.new("L", (width, height), shade).save(file, "png")
    shown = display({"image/png": b64encode(file.getvalue()).decode(), "text/plain": "<Figure>"})
    return Example(cells=[code("draw()", shown, count=1)]).document().saved_execution()


@pytest.mark.parametrize(
    ("saved", "slug"),
    [
        ((479, 369), "picture-size"),
        ((128, 99), "picture-size"),
        ((180, 137), "other-environment"),
        ((178, 137), "other-environment"),
        ((479, 300), "other-environment"),
    ],
)
def test_a_picture_of_the_same_shape_in_another_size(saved: tuple[int, int], slug: str) -> None:
    observed = replace(picture(177, 137, 255), origin=Origin.RERUN)
    (found,) = causes_of(compare(picture(*saved, 0), observed), Circumstances())
    assert found.slug == slug
    if saved == (479, 369):
        assert found.message.startswith("image/png of cell 1 was saved at 2.7 times the size of this one")


def test_chance_reaches_the_cells_that_read_what_was_drawn() -> None:
    cells = ("import random", "x = random.random()", "y = x + 1", "print(y)", "print(7)")
    found = causes(cells, ("", "", "", "1.2", "7"), ("", "", "", "1.7", "8"))
    assert [(cause.slug, cause.step, cause.detail) for cause in found] == [
        ("unseeded-randomness", 3, "random.random"),
        ("other-environment", 4, "stdout"),
    ]


def test_a_seed_counts_for_all_cells_after_it() -> None:
    cells = ("import numpy as np", "a = np.random.rand()", "np.random.seed(1)", "b = np.random.rand()", "print(a)", "print(b)")
    steps = execution(cells, ("",) * len(cells)).steps
    assert sorted(unseeded(steps)) == [1], "what reads it after the seed isn't looked at any more"
    assert sorted(unseeded(steps[:2] + steps[4:])) == [1, 4]


@pytest.mark.parametrize(
    ("unsteady", "slug", "certainty"),
    [
        (frozenset({0}), "unseeded-randomness", Certainty.STATED),
        (None, "unseeded-randomness", Certainty.LIKELY),
        (frozenset(), "other-environment", Certainty.POSSIBLE),
    ],
)
def test_two_runs_tell_chance_from_other_causes(unsteady: frozenset[int] | None, slug: str, certainty: Certainty) -> None:
    (found,) = causes(("import random; print(random.random())",), ("0.25",), ("0.75",), Circumstances(unsteady=unsteady))
    assert (found.slug, found.certainty) == (slug, certainty)


def test_two_runs_that_disagree_say_so_even_where_nobody_knows_why() -> None:
    (found,) = causes(("print(f())",), ("one",), ("two",), Circumstances(unsteady=frozenset({0})))
    assert (found.slug, found.certainty) == ("unsteady", Certainty.STATED)


def test_the_order_in_which_the_author_ran_the_cells() -> None:
    cells = ("x = 1", "print(x)", "x = 2", "print(x)")
    found = causes(cells, ("", "2", "", "2"), ("", "1", "", "2"), counts=(1, 4, 5, 3))
    assert [(cause.slug, cause.step) for cause in found] == [("other-environment", 1)]
    found = causes(cells, ("", "2", "", "1"), ("", "2", "", "2"), counts=(1, 4, 5, 3))
    assert [(cause.slug, cause.step) for cause in found] == [("execution-order", 3)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((1, 2, 3), set()), ((1, 3, 2), {2}), ((3, 1, 2), {1, 2}), ((1, None, 2), set()), ((1, 1, 2), {1}), ((None, None, None), set())],
)
def test_cells_out_of_order(counts: tuple[int | None, ...], expected: set[int]) -> None:
    assert out_of_order(execution(("1", "2", "3"), ("", "", ""), counts)) == expected


def test_what_is_reproduced_has_no_cause() -> None:
    assert causes(("import random; print(random.random())",), ("0.5",), ("0.5",)) == ()


def test_a_result_that_is_no_text_is_explained_as_well() -> None:
    saved = (
        Example(cells=[code("import random; f(random.random())", result({"text/html": "<b>1</b>"}), count=1)]).document().saved_execution()
    )
    steps = tuple(replace(step, outputs=(replace(step.outputs[0], data={"text/html": "<b>2</b>"}),)) for step in saved.steps)
    (found,) = causes_of(compare(saved, replace(saved, origin=Origin.RERUN, steps=steps)))
    assert found.slug == "unseeded-randomness"


@pytest.mark.parametrize(
    ("source", "binds", "is_open"),
    [
        ("a = b = 1; (c, *d), e[0], f.g = x", {"a", "b", "c", "d"}, False),
        ("for i in x:\n    with y as z:\n        import os.path, re as r", {"i", "z", "os", "r"}, False),
        ("def f(a):\n    b = 1\n    global g\n    g = 2", {"f", "g"}, False),
        ("class C:\n    a = 1", {"C"}, False),
        ("[n for n in x]; print(m := 1)", {"m"}, False),
        ("try:\n    pass\nexcept E as e:\n    f = 1", {"f"}, False),
        ("from os import *", {"*"}, True),
        ("%run other.py", set(), True),
        ("exec(text)", set(), True),
        ("print 'old'", set(), True),
        ("%time x = 1\n!ls", {"x"}, False),
        ("import a.b.c", {"a"}, False),
        ("match x:\n    case {'a': y, **rest}: pass\n    case [z, *others]: pass", {"y", "rest", "z", "others"}, False),
    ],
)
def test_what_a_cell_binds(source: str, binds: set[str], is_open: bool) -> None:
    found = bindings_of(source)
    assert (found.binds, found.is_open) == (binds, is_open)


@given(notebooks(), notebooks())
def test_any_two_executions_can_be_explained(one: dict[str, object], other: dict[str, object]) -> None:
    import json

    first, second = (parse(json.dumps(content).encode(), "a").saved_execution() for content in (one, other))
    steps = {step.index for step in second.steps}
    for cause in causes_of(compare(first, replace(second, origin=Origin.RERUN)), Circumstances(unsteady=frozenset(steps), network=False)):
        assert cause.step in steps
        assert cause.message
