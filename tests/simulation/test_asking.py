"""Many prompts at once: order, concurrency, budgets, interruption, and what it all cost."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import threading
import time

import pytest
from simulation.model_server import chunk, fails, model_server, says, sends, whole

from nbrepro.errors import RequestError
from nbrepro.simulation.models.asking import ask
from nbrepro.simulation.models.cached import Cached
from nbrepro.simulation.models.endpoint import Endpoint
from nbrepro.simulation.models.protocol import Completion, Message, Prompt, Role, Usage
from nbrepro.simulation.models.recorded import Recorder
from nbrepro.simulation.models.retrying import Patience
from nbrepro.simulation.models.spending import Budget, Prices, Spent

PRICES = Prices(prompt=1.0, completion=10.0)


def prompts(count):
    return [Prompt((Message(Role.USER, f"question {number}"),)) for number in range(count)]


def repeats(handler):
    """Say the question again."""
    says(handler.received.body["messages"][0]["content"])(handler)


def asked(server, count, concurrency=4, **settings):
    with Endpoint("small", server.url, patience=Patience(1, 0.001)) as endpoint:
        return list(ask(endpoint, prompts(count), concurrency, **settings))


@pytest.mark.parametrize("concurrency", [1, 5, 40])
def test_answers_come_in_the_order_of_the_prompts(concurrency):
    with model_server(repeats) as server:
        completions = asked(server, 20, concurrency)
    assert [completion.text for completion in completions] == [f"question {number}" for number in range(20)]
    assert len(server.received) == 20


def test_sixteen_are_under_way_at_once_and_no_more():
    with model_server() as server:
        server.scenes = [server.together(16, says("4"))]
        assert [completion.text for completion in asked(server, 48, 16)] == ["4"] * 48
    assert server.peak == 16


def test_a_failure_is_the_problem_of_one_answer():
    def play(handler):
        (fails(400, "not this one") if "7" in handler.received.body["messages"][0]["content"] else repeats)(handler)

    with model_server(play) as server:
        completions = asked(server, 10)
    assert [number for number, completion in enumerate(completions) if completion.problem] == [7]


class Broken:
    name = "broken"

    def complete(self, prompt):
        raise KeyError("by mistake")


def test_a_model_that_raises_loses_no_other_answer():
    (completion,) = ask(Broken(), prompts(1))
    assert (completion.slug, completion.finish) == ("model-error", "error")


def test_an_error_of_the_prompts_is_raised_where_the_answers_are_taken():
    def some():
        yield from prompts(1)
        raise LookupError("no more programs")

    with model_server(repeats) as server, Endpoint("small", server.url) as endpoint, pytest.raises(LookupError, match="no more"):
        list(ask(endpoint, some()))


@pytest.mark.parametrize("concurrency", [0, -1])
def test_no_concurrency_is_refused_before_anything_is_asked(concurrency):
    with pytest.raises(RequestError, match="1 or more"):
        ask(Broken(), prompts(1), concurrency)


def test_nothing_asked_gives_nothing():
    assert list(ask(Broken(), [])) == []


def test_a_budget_in_tokens_stops_asking_and_says_so():
    with model_server(says("4")) as server:
        completions = asked(server, 10, 1, budget=Budget(tokens=30))
    assert [completion.slug for completion in completions] == [""] * 3 + ["budget"] * 7
    assert completions[3].problem == "budget: 39 of 30 tokens are spent"
    assert len(server.received) == 3


def test_a_budget_in_money_stops_asking():
    with model_server(says("4")) as server:
        completions = asked(server, 10, 1, budget=Budget(money=0.00008), prices=PRICES)
    assert [completion.slug for completion in completions] == [""] * 2 + ["budget"] * 8


def test_cached_answers_spend_nothing_of_a_budget(tmp_path):
    with model_server(says("4")) as server, Endpoint("small", server.url) as endpoint:
        cached = Cached(endpoint, tmp_path)
        list(ask(cached, prompts(8)))
        again = list(ask(cached, prompts(8), budget=Budget(tokens=1)))
    assert [(completion.text, completion.is_cached) for completion in again] == [("4", True)] * 8
    assert len(server.received) == 8


def test_a_budget_that_cannot_be_kept_is_not_spent():
    uncounted = sends(b'{"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}]}')
    with model_server(uncounted) as server:
        completions = asked(server, 4, 1, budget=Budget(tokens=1000))
    assert [completion.slug for completion in completions] == ["", "budget", "budget", "budget"]
    assert "doesn't count" in completions[1].problem
    with pytest.raises(RequestError, match="needs the prices"):
        ask(Broken(), prompts(1), budget=Budget(money=1.0))


@pytest.mark.parametrize("bounds", [{"tokens": 0}, {"money": 0.0}, {"money": float("nan")}, {"tokens": -5}])
def test_a_budget_of_nothing_is_refused(bounds):
    with pytest.raises(RequestError, match="positive"):
        Budget(**bounds)


def test_progress_tells_what_was_spent_so_far():
    told = []
    with model_server(fails(500), sends(whole("4", prompt_tokens=100, completion_tokens=20))) as server:
        asked(server, 5, 1, progress=told.append, prices=PRICES)
    assert [spent.answers for spent in told] == [1, 2, 3, 4, 5]
    last = told[-1]
    assert (last.prompt_tokens, last.completion_tokens, last.tokens, last.retries, last.problems) == (500, 100, 600, 1, 0)
    assert last.money == pytest.approx(500e-6 + 100e-6 * 10)


USAGE = Usage(10, 2)


def completion(text="4", usage=USAGE, problem=None, **fields):
    return Completion(text, "stop", usage, problem, **{"attempts": 1, "seconds": 1.0, **fields})


@pytest.mark.parametrize(
    ("completions", "money", "uncounted"),
    [
        ((), None, 0),
        ((completion(),), 30e-6, 0),
        ((completion(), completion(is_cached=True)), 30e-6, 0),
        ((completion(), completion(usage=None)), None, 1),
        ((completion(usage=Usage(10, None)),), None, 1),
        ((completion("", None, "server-error: 500"),), 0.0, 0),
        ((completion("half", None, "cut-off: broken"),), None, 1),
        ((completion(usage=None, is_cached=True),), 0.0, 0),
    ],
)
def test_money_is_known_only_where_all_tokens_are(completions, money, uncounted):
    spent = Spent.of(completions, PRICES)
    assert spent.money == (None if money is None else pytest.approx(money))
    assert spent.uncounted == uncounted
    assert Spent.of(completions).money is None


def test_shares_and_sums_of_what_was_spent():
    spent = Spent.of(
        (completion(attempts=3), completion(is_cached=True, attempts=0), completion(seconds=2.5), completion("", None, "x: y"))
    )
    assert (spent.answers, spent.cached, spent.cached_share, spent.retries, spent.seconds, spent.problems) == (4, 1, 0.25, 2, 4.5, 1)
    assert Spent().cached_share is None


def test_closing_the_iterator_begins_nothing_new(tmp_path):
    with model_server(repeats) as server, Endpoint("small", server.url) as endpoint:
        answers = ask(Recorder(endpoint, tmp_path / "answers.jsonl"), (prompts(1)[0] for _ in itertools.count()), 2)
        assert next(answers).text == "question 0"
        answers.close()
        for thread in [thread for thread in threading.enumerate() if thread.name.startswith("asking-")]:
            thread.join()
    recorded = (tmp_path / "answers.jsonl").read_text().splitlines()
    assert 1 <= len(recorded) <= len(server.received) <= len(recorded) + 2


INTERRUPTED = """if True:
    import sys
    from pathlib import Path
    from nbrepro.simulation.models.asking import ask
    from nbrepro.simulation.models.cached import Cached
    from nbrepro.simulation.models.endpoint import Endpoint
    from nbrepro.simulation.models.protocol import Message, Prompt, Role
    model = Cached(Endpoint("small", sys.argv[1]), Path(sys.argv[2]))
    try:
        list(ask(model, [Prompt((Message(Role.USER, f"question {number}"),)) for number in range(20)], 4))
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("silence", [(), (chunk("it is"),)], ids=["before", "within"])
def test_an_interrupt_stops_soon_and_keeps_what_came(silence, tmp_path):
    """Ten answers come, then the server is silent: the process must not wait for it."""
    with model_server() as server:
        server.scenes = [repeats] * 10 + [server.is_silent(*silence)]
        process = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, server.url, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while len(list(tmp_path.rglob("*.json"))) < 10 or len(server.received) < 14:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=60)
        assert (process.returncode, said, complaint) == (0, "stopped\n", "")
        server.scenes = [repeats]
        with Endpoint("small", server.url) as endpoint:
            before = len(server.received)
            again = list(ask(Cached(endpoint, tmp_path), prompts(20)))
    assert [completion.text for completion in again] == [f"question {number}" for number in range(20)]
    assert len(server.received) - before == 10
