"""Which environment the local executor prepares next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbrepro.comparison.settings import Settings
from nbrepro.corpora.items import Item, RunSettings
from nbrepro.corpora.local import WINDOW, next_to_prepare

groups = st.sampled_from("abcd")


def items(names: str) -> list[Item]:
    return [
        Item(key=str(number), file="a.ipynb", settings=RunSettings("auto"), comparison=Settings(), group=name)
        for number, name in enumerate(names)
    ]


def test_others_of_a_group_wait_for_its_first_and_other_groups_go_on() -> None:
    waiting = items("aaab")
    assert next_to_prepare(waiting, set(), set()) == 0
    assert next_to_prepare(waiting, {"a"}, set()) == 3
    assert next_to_prepare(waiting, {"a"}, {"a"}) == 0
    assert next_to_prepare(waiting, {"a", "b"}, set()) is None
    assert next_to_prepare(items("a" * WINDOW + "b"), {"a"}, set()) is None


@given(st.text("abcd", min_size=1), st.sets(groups), st.sets(groups))
def test_it_is_the_first_that_need_not_wait(names: str, begun: set[str], known: set[str]) -> None:
    place = next_to_prepare(items(names), begun, known)
    free = [number for number, name in enumerate(names) if name in known or name not in begun]
    assert place == (free[0] if free else None)
    assert next_to_prepare(items(names), set(), known) == 0
