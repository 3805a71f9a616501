"""Runs under other time limits: what these can't have changed is not run again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest
from harness import Example, code, stdout

from nbrepro.commands.main import main
from nbrepro.corpora.reusing import Ran, stays
from nbrepro.corpora.store import open_store
from nbrepro.execution.limits import Limits
from nbrepro.model import FailureKind

FINISHED = Ran(None, 20.0, 10.0)
STEP_TIMED_OUT = Ran(FailureKind.STEP_TIMED_OUT, 61.0, 60.0)
TIMED_OUT = Ran(FailureKind.NOTEBOOK_TIMED_OUT, 61.0, 30.0)
NO_ANSWER = Ran(FailureKind.KERNEL_NOT_STARTED, None, no_answer=True)


@pytest.mark.parametrize(
    ("ran", "before", "after", "expected"),
    [
        (FINISHED, Limits(step_seconds=60), Limits(step_seconds=600), True),
        (FINISHED, Limits(step_seconds=60), Limits(step_seconds=None), True),
        (FINISHED, Limits(step_seconds=60), Limits(step_seconds=11), True),
        (FINISHED, Limits(step_seconds=60), Limits(step_seconds=10), False),
        (FINISHED, Limits(), Limits(notebook_seconds=20), False),
        (FINISHED, Limits(), Limits(notebook_seconds=21), True),
        (FINISHED, Limits(), Limits(startup_seconds=1), True),
        (Ran(FailureKind.STEP_ERROR, 20.0, 10.0), Limits(), Limits(step_seconds=5), False),
        (Ran(FailureKind.ENVIRONMENT_NOT_BUILT, None), Limits(), Limits(step_seconds=5), True),
        (STEP_TIMED_OUT, Limits(step_seconds=60), Limits(step_seconds=61), False),
        (STEP_TIMED_OUT, Limits(step_seconds=60), Limits(step_seconds=None), False),
        (STEP_TIMED_OUT, Limits(step_seconds=60), Limits(step_seconds=30), True),
        (STEP_TIMED_OUT, Limits(step_seconds=60), Limits(step_seconds=60, notebook_seconds=600), True),
        (TIMED_OUT, Limits(notebook_seconds=60), Limits(notebook_seconds=60, step_seconds=700), True),
        (TIMED_OUT, Limits(notebook_seconds=60), Limits(notebook_seconds=120), False),
        (NO_ANSWER, Limits(startup_seconds=60), Limits(startup_seconds=90), False),
        (NO_ANSWER, Limits(startup_seconds=60), Limits(startup_seconds=30), True),
        (Ran(FailureKind.KERNEL_NOT_STARTED, None), Limits(startup_seconds=60), Limits(startup_seconds=90), True),
    ],
)
def test_what_a_limit_can_change(ran: Ran, before: Limits, after: Limits, expected: bool) -> None:
    assert stays(ran, before, after) is expected


@pytest.fixture
def runs_after(tmp_path: Path) -> Callable[..., int]:
    """Runs a round over two notebooks, a short one and one that takes two seconds; gives how many runs there are then."""
    for name, seconds in (("short", 0), ("long", 2)):
        cells = [code(f"import time; time.sleep({seconds}); print({name!r})", stdout(f"{name}\n"), count=1)]
        Example(cells=cells, name=f"{name}.ipynb").write(tmp_path / "corpus")

    def run(*words: str) -> int:
        with chdir(tmp_path):
            assert main(["corpus", "run", "corpus", "--store", "s.sqlite", "--env", "current", "--runner", "fork", "-q", *words]) == 0
        with open_store(tmp_path / "s.sqlite") as store:
            return int(store.value("SELECT count(*) FROM runs"))

    return run


@pytest.mark.slow
def test_only_what_another_time_limit_affects_is_run_again(tmp_path: Path, runs_after: Callable[..., int]) -> None:
    assert runs_after("--timeout", "1") == 2
    assert runs_after("--timeout", "0.9") == 2, "what has timed out does so earlier, too"
    assert runs_after("--timeout", "60") == 3, "only the long one"
    assert runs_after("--timeout", "30") == 3
    assert runs_after("--timeout", "1") == 3, "the run from the first round"
    assert runs_after("--timeout", "60", "--memory", "4GB") == 5, "another limit may show in the outputs"
    with open_store(tmp_path / "s.sqlite") as store:
        verdicts = store.execute(
            "SELECT rounds.id, notebooks.path, comparisons.verdict FROM round_notebooks JOIN rounds ON rounds.id = round_id"
            " JOIN notebooks ON notebooks.id = round_notebooks.notebook_id JOIN items ON key = item_key"
            " JOIN comparisons ON comparisons.run_id = items.run_id WHERE path = 'long.ipynb' ORDER BY 1"
        ).fetchall()
    assert [row["verdict"] for row in verdicts] == ["timed-out", "timed-out", "reproduced", "reproduced", "timed-out", "reproduced"]
