"""Turns: how many work at a time, who comes next, and who works while others wait."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from execution.runs import until

from nbrepro.commands.batch import process_all
from nbrepro.execution.turns import Turns, given_away
from nbrepro.reports.listeners import Silence
from nbrepro.reports.results import NotebookResult


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_more_work_at_a_time_than_there_are_turns(count: int) -> None:
    working, most, lock = 0, 0, threading.Lock()
    turns = Turns(count, runs=20)

    def work(number: int) -> None:
        nonlocal working, most
        with turns.taken(number):
            with lock:
                working += 1
                most = max(most, working)
            time.sleep(0.01)
            with lock:
                working -= 1
            with given_away():
                time.sleep(0.01)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, range(20)))
    assert most == count


def test_one_that_goes_on_comes_before_those_that_begin() -> None:
    turns, order, may_return = Turns(1, runs=4), [], threading.Event()
    begun = threading.Event()

    def first() -> None:
        with turns.taken(0):
            with given_away():
                may_return.wait(20)
            order.append("first")

    def later(number: int) -> None:
        with turns.taken(number):
            begun.set()
            if number == 1:
                may_return.set()
                assert until(lambda: turns._waiting[:1] == [(False, 0)])
            order.append(str(number))

    threads = [threading.Thread(target=first), *(threading.Thread(target=later, args=(number,)) for number in (1, 2, 3))]
    for thread in threads:
        thread.start()
        assert thread is not threads[1] or begun.wait(20)
    for thread in threads:
        thread.join(20)
    assert order == ["1", "first", "2", "3"]


def test_where_nobody_has_turns_nothing_is_given_away() -> None:
    with given_away():
        pass


def test_one_at_a_time_keeps_the_order_of_the_paths() -> None:
    paths = [Path(f"{number}.ipynb") for number in range(40)]
    begun: list[Path] = []

    def work(path: Path, _: threading.Event) -> NotebookResult:
        begun.append(path)
        return NotebookResult(path=str(path), verdict=None)

    results = process_all(paths, work, jobs=1, progress=Silence())
    assert begun == paths
    assert [result.path for result in results] == [str(path) for path in paths]


def test_others_work_while_one_waits_for_another() -> None:
    """As where a server is being started: two want it, the second one waits, and the third one doesn't need it."""
    is_started = threading.Event()
    done: list[str] = []

    def work(path: Path, _: threading.Event) -> NotebookResult:
        if path.name == "starts":
            assert until(lambda: "other" in done)
            is_started.set()
        elif path.name == "waits":
            with given_away():
                is_started.wait(20)
        done.append(path.name)
        return NotebookResult(path=str(path), verdict=None)

    process_all([Path("starts"), Path("waits"), Path("other")], work, jobs=2, progress=Silence())
    assert sorted(done) == ["other", "starts", "waits"]
    assert done[0] == "other"
