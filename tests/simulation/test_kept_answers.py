"""Answers are asked for once: from then on they come from the cache or from a recording."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulation.model_server import breaks_off, chunk, fails, model_server, says

from nbrepro.errors import RequestError
from nbrepro.simulation.models.cached import Cached, default_folder
from nbrepro.simulation.models.endpoint import Endpoint
from nbrepro.simulation.models.identity import answer_key, as_json, from_json, prompt_hash
from nbrepro.simulation.models.protocol import Completion, Message, Prompt, Role, Sampling, Usage
from nbrepro.simulation.models.recorded import Recorder, Replay
from nbrepro.simulation.models.records import Record
from nbrepro.simulation.models.retrying import Patience

QUESTION = Prompt((Message(Role.USER, "def f(x):\n    return x + 1\nWhat is f(3)?"),), prompt_version="output@1")
THOUGHTFUL = (Message(Role.USER, f"Think.\n{QUESTION.messages[0].text}"),)
OTHERS = {
    "text": replace(QUESTION, messages=(Message(Role.USER, "What else?"),)),
    "role": replace(QUESTION, messages=(Message(Role.SYSTEM, QUESTION.messages[0].text),)),
    "temperature": replace(QUESTION, sampling=Sampling(temperature=0.5)),
    "max_tokens": replace(QUESTION, sampling=Sampling(max_tokens=5)),
    "seed": replace(QUESTION, sampling=Sampling(seed=0)),
    "stop": replace(QUESTION, sampling=Sampling(stop=("x",))),
    "schema": replace(QUESTION, schema={}),
    "sample": replace(QUESTION, sample=1),
}
TEXTS = st.text(st.characters(codec=None), max_size=20)
PROMPTS = st.builds(
    Prompt,
    st.lists(st.builds(Message, st.sampled_from(Role), TEXTS), max_size=3).map(tuple),
    st.builds(Sampling, st.floats(0, 2), st.none() | st.integers(1, 9), st.none() | st.integers(), st.lists(TEXTS, max_size=2).map(tuple)),
    st.none() | st.dictionaries(TEXTS, st.integers() | TEXTS, max_size=3),
    st.integers(0, 5),
    TEXTS,
)


def endpoint(server, name="small"):
    return Endpoint(name, server.url, patience=Patience(1, 0.001))


@given(PROMPTS)
def test_a_prompt_survives_being_written(prompt):
    again = from_json(json.loads(json.dumps(as_json(prompt))))
    assert again == prompt
    assert prompt_hash(again) == prompt_hash(prompt)


@given(PROMPTS, PROMPTS)
def test_prompts_have_the_same_hash_when_they_ask_the_same(first, second):
    assert (prompt_hash(first) == prompt_hash(second)) == (replace(first, prompt_version="") == replace(second, prompt_version=""))


@given(
    PROMPTS,
    TEXTS,
    st.sampled_from(["stop", "length"]),
    st.none() | st.builds(Usage, st.none() | st.integers(0), st.none() | st.integers(0)),
)
def test_a_record_survives_being_written(prompt, text, finish, usage):
    record = Record.now(prompt, "small", Completion(text, finish, usage, None, 2, 1.25, left_out=("schema",)))
    assert Record.from_json(json.loads(json.dumps(record.as_json()))) == record


def test_keys_tell_models_addresses_and_prompts_apart():
    keys = {answer_key(prompt, "small", "http://x/v1") for prompt in (QUESTION, *OTHERS.values())}
    keys |= {answer_key(QUESTION, "large", "http://x/v1"), answer_key(QUESTION, "small", "http://y/v1")}
    assert len(keys) == len(OTHERS) + 3


def test_the_order_of_a_schema_is_no_difference():
    first, second = replace(QUESTION, schema={"a": 1, "b": 2}), replace(QUESTION, schema={"b": 2, "a": 1})
    assert prompt_hash(first) == prompt_hash(second)


def test_an_answer_is_asked_for_once(tmp_path):
    with model_server(says("it is 4")) as server, endpoint(server) as model:
        first = Cached(model, tmp_path).complete(QUESTION)
        second = Cached(model, tmp_path).complete(QUESTION)
        assert len(server.received) == 1
    assert (first.attempts, first.is_cached) == (1, False)
    assert replace(second, seconds=0.0) == replace(first, attempts=0, is_cached=True, seconds=0.0)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_prompt_is_asked_anew(other, tmp_path):
    with model_server(says("4"), says("5")) as server, endpoint(server) as model:
        cached = Cached(model, tmp_path)
        assert [cached.complete(prompt).text for prompt in (QUESTION, other, QUESTION, other)] == ["4", "5", "4", "5"]


def test_an_answer_cut_by_the_limit_is_kept(tmp_path):
    with model_server(says("it is", finish="length"), fails(500)) as server, endpoint(server) as model:
        cached = Cached(model, tmp_path)
        assert [cached.complete(QUESTION).finish for _ in range(2)] == ["length", "length"]


@pytest.mark.parametrize("scene", [fails(401), breaks_off(chunk("it is")), says("")], ids=["error", "cut-off", "empty"])
def test_what_went_wrong_is_not_kept(scene, tmp_path):
    with model_server(scene, scene, says("4")) as server, endpoint(server) as model:
        cached = Cached(model, tmp_path)
        found = [cached.complete(QUESTION) for _ in range(4)]
    assert [completion.is_cached for completion in found][:2] == [False, False]
    assert found[0].problem is not None
    assert (found[3].text, found[3].is_cached) == ("4", True)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b"\xff", b'{"schema": "nbrepro.answers/1"}', b"[" * 100_000])
def test_a_damaged_entry_is_asked_anew_and_mended(damage, tmp_path):
    with model_server(says("4"), says("5")) as server, endpoint(server) as model:
        cached = Cached(model, tmp_path)
        cached.complete(QUESTION)
        (file,) = tmp_path.glob("*/*.json")
        file.write_bytes(damage)
        assert [cached.complete(QUESTION).text for _ in range(2)] == ["5", "5"]
        assert len(server.received) == 2


def test_an_entry_of_another_prompt_is_not_believed(tmp_path):
    with model_server(says("4"), says("5"), says("6")) as server, endpoint(server) as model:
        cached = Cached(model, tmp_path)
        for prompt in (QUESTION, OTHERS["sample"]):
            cached.complete(prompt)
        first, second = sorted(tmp_path.glob("*/*.json"))
        first.write_bytes(second.read_bytes())
        assert {cached.complete(prompt).text for prompt in (QUESTION, OTHERS["sample"])} & {"6"}


def test_one_prompt_asked_by_many_threads_is_sent_once(tmp_path):
    with model_server(says("4")) as server, endpoint(server) as model:
        cached, found = Cached(model, tmp_path), []
        threads = [Thread(target=lambda: found.append(cached.complete(QUESTION))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.received) == 1
    assert sorted(completion.is_cached for completion in found) == [False, *[True] * 5]


def test_the_cache_can_be_told_where_to_be(tmp_path, monkeypatch):
    monkeypatch.setenv("NBREPRO_CACHE", str(tmp_path))
    assert default_folder() == tmp_path / "simulation" / "answers"
    (tmp_path / "file").touch()
    with model_server() as server, endpoint(server) as model, pytest.raises(RequestError, match="name another folder"):
        Cached(model, tmp_path / "file")


def test_an_answer_that_cannot_be_kept_is_not_lost(tmp_path):
    with model_server(says("4")) as server, endpoint(server) as model:
        cached = Cached(model, tmp_path / "answers")
        (tmp_path / "answers").rmdir()
        assert cached.complete(QUESTION).text == "4"
    assert "can't be kept" in cached.problem


def recorded(path, *scenes, prompts=(QUESTION,), name="small"):
    with model_server(*scenes) as server, endpoint(server, name) as model:
        recorder = Recorder(model, path)
        return [recorder.complete(prompt) for prompt in prompts]


def test_a_recording_answers_with_the_server_gone(tmp_path):
    path = tmp_path / "answers.jsonl"
    first, second = recorded(path, says("4"), says("5", finish="length"), prompts=(QUESTION, OTHERS["sample"]))
    replay = Replay(path)
    assert (replay.name, len(replay), replay.problems) == ("small", 2, ())
    for prompt, completion in ((QUESTION, first), (OTHERS["sample"], second)):
        again = replay.complete(prompt)
        assert (again.text, again.finish, again.usage, again.problem) == (completion.text, completion.finish, completion.usage, None)
        assert (again.attempts, again.is_cached) == (0, True)


def test_a_record_says_what_was_asked_of_whom_and_when(tmp_path):
    recorded(tmp_path / "answers.jsonl", says("4"))
    record = json.loads((tmp_path / "answers.jsonl").read_text())
    assert (record["schema"], record["model"], record["prompt_version"]) == ("nbrepro.answers/1", "small", "output@1")
    assert (record["prompt_hash"], record["usage"]) == (prompt_hash(QUESTION), {"prompt_tokens": 10, "completion_tokens": 3})
    assert record["completion"]["text"] == "4"
    assert record["time"].endswith("+00:00")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (OTHERS["temperature"], "sampling: temperature 0.5, recorded with 0.0"),
        (OTHERS["sample"], "the number of the sample: 1, recorded with 0"),
        (OTHERS["schema"], "the schema of the answer"),
        (replace(QUESTION, messages=THOUGHTFUL, prompt_version="output@2"), "output@2, recorded with output@1"),
        (replace(QUESTION, messages=(Message(Role.USER, "def f(x):\n    return x + 1\nWhat is f(4)?"),)), "the text"),
    ],
    ids=["sampling", "sample", "schema", "version", "text"],
)
def test_what_was_not_recorded_is_a_problem_that_names_the_nearest(asked, words, tmp_path):
    recorded(tmp_path / "answers.jsonl", says("4"))
    completion = Replay(tmp_path / "answers.jsonl").complete(asked)
    assert (completion.slug, completion.text, completion.attempts) == ("not-recorded", "", 0)
    assert prompt_hash(asked)[:16] in completion.problem
    assert completion.problem.endswith(words)


def test_what_resembles_nothing_names_nothing(tmp_path):
    recorded(tmp_path / "answers.jsonl", says("4"))
    assert "nearest" not in Replay(tmp_path / "answers.jsonl").complete(OTHERS["text"]).problem


def test_a_half_written_line_costs_one_answer(tmp_path):
    path = tmp_path / "answers.jsonl"
    recorded(path, says("4"), says("5"), prompts=(QUESTION, OTHERS["sample"]))
    path.write_bytes(path.read_bytes()[:-20])
    recorded(path, says("6"), prompts=(OTHERS["seed"],))
    replay = Replay(path)
    assert [replay.complete(prompt).text for prompt in (QUESTION, OTHERS["sample"], OTHERS["seed"])] == ["4", "", "6"]
    assert [problem.partition(":")[0] for problem in replay.problems] == ["line 2"]


def test_the_last_answer_without_a_problem_counts(tmp_path):
    path = tmp_path / "answers.jsonl"
    for scene in (fails(401), says("4"), says("5"), fails(404)):
        recorded(path, scene)
    assert len(path.read_text().splitlines()) == 4
    assert Replay(path).complete(QUESTION).text == "5"


def test_a_recorded_problem_is_given_again(tmp_path):
    recorded(tmp_path / "answers.jsonl", fails(404, "no such model"))
    assert Replay(tmp_path / "answers.jsonl").complete(QUESTION).slug == "not-found"


def test_answers_from_the_cache_are_recorded_once(tmp_path):
    with model_server(says("4")) as server, endpoint(server) as model:
        cached = Cached(model, tmp_path / "cache")
        cached.complete(QUESTION)
        for _ in range(2):
            recorder = Recorder(cached, tmp_path / "answers.jsonl")
            recorder.complete(QUESTION)
            recorder.complete(QUESTION)
    assert len((tmp_path / "answers.jsonl").read_text().splitlines()) == 1


def test_what_a_replay_does_not_know_is_not_recorded(tmp_path):
    recorded(tmp_path / "answers.jsonl", says("4"))
    recorder = Recorder(Replay(tmp_path / "answers.jsonl"), tmp_path / "copy.jsonl")
    assert [recorder.complete(prompt).slug for prompt in (QUESTION, OTHERS["seed"])] == ["", "not-recorded"]
    assert len((tmp_path / "copy.jsonl").read_text().splitlines()) == 1


def test_a_file_of_several_models_has_to_be_asked_for_one(tmp_path):
    path = tmp_path / "answers.jsonl"
    recorded(path, says("4"))
    recorded(path, says("5"), name="large")
    with pytest.raises(RequestError, match="large, small"):
        Replay(path)
    with pytest.raises(RequestError, match="no answer of huge"):
        Replay(path, "huge")
    assert [Replay(path, name).complete(QUESTION).text for name in ("small", "large")] == ["4", "5"]


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b'{"schema": "nbrepro.answers/2"}\n', b"\xff\n", None])
def test_a_file_without_answers_is_refused(content, tmp_path):
    if content is not None:
        (tmp_path / "answers.jsonl").write_bytes(content)
    with pytest.raises(RequestError, match=r"answers\.jsonl"):
        Replay(tmp_path / "answers.jsonl")


def test_a_recording_that_cannot_be_written_is_refused_at_once(tmp_path):
    with model_server() as server, endpoint(server) as model, pytest.raises(RequestError, match="name another file"):
        Recorder(model, tmp_path)


@pytest.mark.slow
def test_several_processes_write_one_recording_and_one_cache(tmp_path):
    code = """if True:
        import sys
        from pathlib import Path
        from nbrepro.simulation.models.cached import Cached
        from nbrepro.simulation.models.endpoint import Endpoint
        from nbrepro.simulation.models.protocol import Message, Prompt, Role
        from nbrepro.simulation.models.recorded import Recorder
        folder, url = Path(sys.argv[1]), sys.argv[2]
        with Endpoint("small", url) as endpoint:
            model = Recorder(Cached(endpoint, folder / "cache"), folder / "answers.jsonl")
            for number in range(40):
                assert model.complete(Prompt((Message(Role.USER, f"{number} " * 2000),))).text == "4"
    """
    with model_server(says("4")) as server:
        processes = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), server.url]) for _ in range(3)]
        assert [process.wait() for process in processes] == [0, 0, 0]
    replay = Replay(tmp_path / "answers.jsonl")
    assert (len(replay), replay.problems) == (40, ())
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 40
    assert not list((tmp_path / "cache").rglob(".writing-*"))
