from __future__ import annotations

import pytest

from nbrepro.execution.progress import Order, plan
from nbrepro.model import Step


def step(index: int, count: int | None = None, source: str = "x", tags: tuple[str, ...] = ()) -> Step:
    return Step(index, source, execution_count=count, tags=tags)


@pytest.mark.parametrize(
    ("steps", "order", "expected", "deviations"),
    [
        ([step(0), step(2), step(3)], Order.TOP_DOWN, [0, 2, 3], 0),
        ([step(0, 5), step(1, 1)], Order.TOP_DOWN, [0, 1], 0),
        ([step(0, source=" \n"), step(1)], Order.TOP_DOWN, [1], 0),
        ([step(0, tags=("skip-execution",)), step(1)], Order.TOP_DOWN, [1], 1),
        ([step(0, 5), step(1, 1), step(2, 3)], Order.SAVED, [1, 2, 0], 0),
        ([step(0, 2), step(1), step(2, 1)], Order.SAVED, [2, 0], 1),
        ([step(0, 2), step(1, 1), step(2, 2), step(3, 1)], Order.SAVED, [1, 3, 0, 2], 2),
        ([step(0), step(1)], Order.SAVED, [], 1),
        ([], Order.SAVED, [], 0),
    ],
)
def test_order(steps: list[Step], order: Order, expected: list[int], deviations: int) -> None:
    planned = plan(steps, order)
    assert [each.index for each in planned.steps] == expected
    assert len(planned.deviations) == deviations


def test_deviations_name_the_cells() -> None:
    planned = plan([step(0, 2), step(3, 2), step(4), step(7)], Order.SAVED)
    assert planned.deviations == (
        "not run, for want of a saved execution count: cells 5, 8",
        "run in notebook order, as they share the execution count 2: cells 1, 4",
    )
