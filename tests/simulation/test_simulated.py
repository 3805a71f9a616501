"""`nbrepro simulate run` from end to end: a real server, real runs, files that are scored again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from simulation.answering import answering, off_by_one, without_last_event
from simulation.model_server import fails, model_server, says

from nbrepro.commands.main import main
from nbrepro.simulation.programs import Program
from nbrepro.simulation.questions.asked import Ask

SUM = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
PAIR = "def f(text):\n    if text:\n        return text[0], len(text)\n    return None\n"
PROGRAMS = (Program("sum/3", SUM, "f(3)"), Program("sum/5", SUM, "f(5)"), Program("pair", PAIR, "f('abc')"))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBREPRO_CACHE", str(tmp_path / "cache"))
    for name in ("NBREPRO_MODEL_KEY", "OPENAI_API_KEY", "NBREPRO_MODEL_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def programs(tmp_path: Path) -> str:
    path = tmp_path / "programs.jsonl"
    records = ({"id": program.task, "code": program.code, "function_call": program.call} for program in PROGRAMS)
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return str(path)


def run(*arguments: str) -> int:
    return main(["simulate", "run", *arguments])


def test_values_are_asked_for_cached_recorded_and_scored_again(tmp_path, programs, capsys) -> None:
    record, answers, result = tmp_path / "record.jsonl", tmp_path / "answers.jsonl", tmp_path / "result.json"
    scene = answering(PROGRAMS, [Ask.OUTPUT], lambda question, text: text.replace("10", "11"))
    with model_server(scene) as server:
        asked = ["--ask", "output", "--model", "tiny", "--endpoint", server.url, "--price-in", "1000", "--price-out", "2000"]
        assert run(programs, *asked, "--record", str(record), "--answers", str(answers), "--json", str(result)) == 0
        out = capsys.readouterr().out
        assert "tiny: 3 answers, 0 of them unreadable or cut off" in out
        assert "right: 2" in out
        assert "off-by-one: 1" in out
        assert "30 in prompts, 9 in answers, cost 0.048" in out
        assert len(server.received) == 3
        assert run(programs, *asked) == 0
        assert "0 in prompts, 0 in answers, cost 0" in (again := capsys.readouterr().out)
        assert "from cache or recording: 100%" in again
        assert len(server.received) == 3
    found = json.loads(result.read_text(encoding="utf-8"))
    assert [each["right"] for each in found["parts"]["final answers"]] == [True, False, True]
    assert run(programs, "--ask", "output", "--replay", str(record)) == 0
    assert figures(capsys.readouterr().out) == figures(out)
    assert main(["simulate", "score", str(answers), "--programs", programs]) == 0
    assert figures(capsys.readouterr().out) == figures(out)


def figures(out: str) -> list[str]:
    return [line.strip() for line in out.splitlines() if line.strip().startswith(("answers:", "right:", "pass@1", "off-by-one"))]


@pytest.mark.parametrize("ask", ["trace", "probes", "narration", "steps", "input", "output"])
def test_every_way_of_asking_ends_well(tmp_path, programs, capsys, ask: str) -> None:
    page = tmp_path / "page.html"
    with model_server(answering(PROGRAMS, [Ask(ask)], places=3)) as server:
        assert run(programs, "--ask", ask, "--model", "tiny", "--endpoint", server.url, "--places", "3", "--html", str(page)) == 0
    out = capsys.readouterr().out
    assert "0 of them unreadable" in out
    said = {
        "trace": "clean (notation aside): 1.000",
        "narration": "clean (notation aside): 1.000",
        "probes": "incremental consistency: 1.000",
        "steps": "right: 1.000",
        "input": "pass@1: 1.0000",
        "output": "pass@1: 1.0000",
    }
    assert said[ask] in out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_wrong_value_is_a_drift_where_the_step_alone_is_right(tmp_path, programs, capsys) -> None:
    answers = tmp_path / "answers.jsonl"
    with model_server(answering(PROGRAMS[:2], [Ask.TRACE, Ask.STEPS], off_by_one)) as server:
        asked = ["--ask", "trace,steps", "--model", "tiny", "--endpoint", server.url, "--limit", "2"]
        assert run(programs, *asked, "--answers", str(answers)) == 0
    out = capsys.readouterr().out
    assert "clean (notation aside): 0.000" in out
    assert "off-by-one (value): 2" in out
    assert "first mistake drift: 2" in out
    assert main(["simulate", "score", str(answers), "--programs", programs]) == 0
    assert "first mistake drift: 2" in capsys.readouterr().out


def test_a_trace_that_is_cut_off_keeps_its_rows_and_is_counted(tmp_path, programs, capsys) -> None:
    table = tmp_path / "table.csv"
    pandas = pytest.importorskip("pandas")
    with model_server(answering(PROGRAMS, [Ask.TRACE], without_last_event)) as server:
        assert run(programs, "--ask", "trace", "--model", "tiny", "--endpoint", server.url, "--csv", str(table)) == 0
    out = capsys.readouterr().out
    assert "3 of them unreadable or cut off" in out
    assert "cut-off (cause): 3" in out
    traces = pandas.read_csv(table).query("part == 'stated traces'")
    assert (traces["rows"] == traces["moments"] - 1).all()


def test_limits_of_a_server_are_waited_for_and_refusals_are_no_wrong_answers(programs, capsys) -> None:
    scene = answering(PROGRAMS, [Ask.OUTPUT])
    with model_server(fails(429, Retry_After="0"), fails(503), scene) as server:
        assert run(programs, "--ask", "output", "--model", "tiny", "--endpoint", server.url, "--concurrency", "1") == 0
        assert "2 retries" in capsys.readouterr().out
    with model_server(scene, fails(401, "who are you?")) as server:
        asked = ["--ask", "output", "--model", "tiny", "--endpoint", server.url, "--concurrency", "1", "--no-cache"]
        assert run(programs, *asked) == 1
    out = capsys.readouterr().out
    assert "no answer came to 2 questions (unauthorized 2)" in out
    assert "pass@1: 1.0000" in out


def test_an_answer_that_reaches_its_limit_counts_as_wrong(programs, capsys) -> None:
    with model_server(says("[ANSWER]3", "length")) as server:
        assert run(programs, "--ask", "output", "--model", "tiny", "--endpoint", server.url, "--max-tokens", "3") == 0
        assert server.received[0].body["max_tokens"] == 3
    out = capsys.readouterr().out
    assert "3 of them unreadable or cut off" in out
    assert "right: 0" in out


def test_samples_get_seeds_of_their_own(programs, capsys) -> None:
    with model_server(answering(PROGRAMS, [Ask.OUTPUT])) as server:
        asked = ["--ask", "output", "--model", "tiny", "--endpoint", server.url, "--samples", "2", "--seed", "7", "--limit", "1"]
        assert run(programs, *asked) == 0
        assert sorted(each.body["seed"] for each in server.received) == [7, 8]
    assert "answers: 2" in capsys.readouterr().out


def test_two_models_are_compared_by_their_saved_answers(tmp_path, programs, capsys) -> None:
    files = []
    for name, spoil in (("good", lambda question, text: text), ("bad", off_by_one)):
        files.append(str(tmp_path / f"{name}.jsonl"))
        with model_server(answering(PROGRAMS[:2], [Ask.TRACE, Ask.PROBES], spoil)) as server:
            asked = ["--ask", "trace,probes", "--model", name, "--endpoint", server.url, "--limit", "2"]
            assert run(programs, *asked, "--answers", files[-1]) == 0
    capsys.readouterr()
    assert main(["simulate", "compare", *files, "--programs", programs]) == 0
    out = capsys.readouterr().out
    assert "clean traces: " in out
    assert "probes: " in out
    assert "common tasks: 2" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which programs?"),
        (["{programs}"], "no model is named"),
        (["absent.jsonl", "--model", "m"], "can't be read as a file of programs"),
        (["absent.py::f(1)", "--model", "m"], "can't be read as a Python program"),
        (["{programs}", "--model", "m", "--ask", "dreams"], "no way of asking named 'dreams'"),
        (["{programs}", "--model", "m", "--ask", "trace", "--reasoned"], "for output and input"),
        (["{programs}", "--model", "m", "--price-in", "1"], "belong together"),
        (["{programs}", "--model", "m", "--answers", "absent/answers.jsonl"], "there is no folder"),
        (["{programs}", "--model", "m", "--prompt", "absent.md"], "can't be read"),
        (["{programs}", "--model", "m", "--budget", "1"], "needs the prices"),
        (["{programs}::f(1)", "--model", "m"], "only after a Python file"),
        (["{twice}", "--model", "m"], "two programs have the task"),
        (["{broken}", "--model", "m"], "broken: its code is no Python"),
    ],
)
def test_what_can_not_be_done_is_refused_before_anything_is_asked(tmp_path, programs, capsys, arguments, message) -> None:
    record = {"id": "broken", "code": "def f(:\n", "function_call": "f(1)"}
    (tmp_path / "broken.jsonl").write_text(json.dumps(record), encoding="utf-8")
    (tmp_path / "twice.jsonl").write_text(Path(programs).read_text(encoding="utf-8") + "\n" + Path(programs).read_text(encoding="utf-8"))
    names = {"programs": programs, "twice": str(tmp_path / "twice.jsonl"), "broken": str(tmp_path / "broken.jsonl")}
    with model_server(says("never")) as server:
        given = [argument.format(**names) if "{" in argument else argument for argument in arguments]
        assert run(*given, "--endpoint", server.url) == 2
        assert server.received == []
    assert message in capsys.readouterr().err


def test_a_python_file_is_a_program(tmp_path, capsys) -> None:
    path = tmp_path / "sum.py"
    path.write_text(SUM, encoding="utf-8")
    program = Program(f"{path}::f(4)", SUM, "f(4)")
    with model_server(answering([program], [Ask.OUTPUT])) as server:
        assert run(f"{path}::f(4)", "--ask", "output", "--model", "tiny", "--endpoint", server.url) == 0
    assert "right: 1" in capsys.readouterr().out


def test_programs_that_give_no_value_are_told_and_not_asked_about(tmp_path, capsys) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"id": "failing", "code": "def f(x):\n    return 1 / x\n", "function_call": "f(0)"}), encoding="utf-8")
    with model_server(says("never")) as server:
        assert run(str(path), "--ask", "output", "--model", "tiny", "--endpoint", server.url) == 0
        assert server.received == []
    assert "1 programs were not asked about, such as failing: its call gives no value: ZeroDivisionError" in capsys.readouterr().out
