"""`nbrepro simulate run` from end to end: a real server, real runs, files that are scored again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from simulation.answering import answering, off_by_one, without_last_event
from simulation.model_server import fails, model_server, says

from nbrepro.commands.main import main
from nbrepro.errors import RequestError
from nbrepro.simulation.models.endpoint import Endpoint
from nbrepro.simulation.models.protocol import Completion, Prompt
from nbrepro.simulation.models.spending import Prices, Spent
from nbrepro.simulation.programs import Program
from nbrepro.simulation.questions.asked import Ask
from nbrepro.simulation.simulated import simulate

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


def test_json_on_standard_output_is_all_that_is_printed(programs, capsys) -> None:
    with model_server(says("", streams=False)) as server:
        assert run(programs, "--ask", "output", "--model", "tiny", "--endpoint", server.url, "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["answers"], found["unreadable"], found["unanswered"]) == (3, 3, [])
    assert [each["right"] for each in found["parts"]["final answers"]] == [False] * 3


@pytest.fixture
def shell():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "nbrepro")
    yield shell
    InteractiveShell.clear_instance()


def test_a_cell_is_a_program_and_its_last_line_the_call(tmp_path, programs, shell) -> None:
    cell = SUM + "\nf(4)\n"
    with model_server(answering([Program("cell", SUM, "f(4)")], [Ask.TRACE])) as server:
        found = shell.run_cell_magic("nbrepro", f"simulate run --model tiny --endpoint {server.url}", cell)
        assert found.simulation.judged.traces.by_task() == {"cell": 1.0}
        assert "clean (notation aside)" in found._repr_mimebundle_()["text/html"]
    with model_server(says("[ANSWER]3[/ANSWER]")) as server:
        again = shell.run_line_magic("nbrepro", f"simulate run {programs} --limit 1 --ask output --model tiny --endpoint {server.url}")
        assert again.simulation.judged.finals.by_task() == {"sum/3": [True]}
    with pytest.raises(RequestError, match="no call at its end"):
        shell.run_cell_magic("nbrepro", "simulate run --model tiny", SUM)
    with pytest.raises(RequestError, match="a cell is the program itself"):
        shell.run_cell_magic("nbrepro", f"simulate run {programs} --model tiny", cell)


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


@pytest.mark.slow
def test_ctrl_c_keeps_what_has_come_and_the_next_run_goes_on_from_there(tmp_path, programs, capsys) -> None:
    answers = tmp_path / "answers.jsonl"
    scene = answering(PROGRAMS, [Ask.OUTPUT])
    with model_server(scene) as server:
        server.scenes = [scene, scene, server.is_silent(), scene]
        asked = [programs, "--ask", "output", "--model", "tiny", "--endpoint", server.url, "--concurrency", "1"]
        command = [sys.executable, "-m", "nbrepro.commands.main", "simulate", "run", *asked, "--answers", str(answers)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            while len(server.received) < 3 and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "interrupted: what had come by then is judged" in out
        assert "right: 2" in out
        assert len(answers.read_text(encoding="utf-8").splitlines()) == 2
        assert run(*asked) == 0
        assert len(server.received) == 4
    out = capsys.readouterr().out
    assert "right: 3" in out
    assert "from cache or recording: 67%" in out


def test_an_interrupted_simulation_keeps_answers_that_overtook_a_slow_one() -> None:
    class Slow:
        name = "slow"

        def __init__(self) -> None:
            self.first, self.others = threading.Event(), threading.Semaphore(0)

        def complete(self, prompt: Prompt) -> Completion:
            if "f(3)" in prompt.messages[-1].text:
                self.first.wait(30)
            self.others.release()
            return Completion("[ANSWER]0[/ANSWER]", "stop", None, None, 1, 0.0)

    model, told = Slow(), []

    def stop_after_two(total: int, spent: Spent) -> None:
        told.append((total, spent.answers))
        if spent.answers == 2:
            raise KeyboardInterrupt

    found = simulate(PROGRAMS, model, "output", progress=stop_after_two)
    model.first.set()
    assert told == [(3, 1), (3, 2)]
    assert found.was_interrupted
    assert {response.task for response in found.responses} == {"sum/5", "pair"}
    assert [each.problem.partition(":")[0] for each in found.unanswered] == ["interrupted"]


def test_the_python_interface_gives_a_table_and_a_page(tmp_path) -> None:
    pytest.importorskip("pandas")
    with model_server(answering(PROGRAMS, [Ask.TRACE, Ask.PROBES, Ask.STEPS, Ask.OUTPUT])) as server, Endpoint("tiny", server.url) as model:
        found = simulate(PROGRAMS, model, ["trace", "probes", "steps", "output"], prices=Prices(1, 1))
    table = found.frame()
    assert set(table["part"]) == {"final answers", "stated traces", "probes", "steps", "steps beside traces"}
    assert len(found.judged.frames()["stated traces"]) == 3
    shown = found._repr_mimebundle_()
    assert shown["text/plain"] == repr(found)
    for heading in ("final answers", "stated traces", "probes", "steps", "steps beside traces"):
        assert f"<h3>{heading}</h3>" in shown["text/html"]
    assert found.spent.money is not None


def test_nothing_that_a_model_says_gets_into_a_page_as_markup(tmp_path, programs) -> None:
    page = tmp_path / "page.html"
    event = '{"k": "line", "l": 2, "src": "<script>", "d": {"total": "<b>0</b>"}}'
    with model_server(says(f'{event}\n{{"k": "return", "fn": "f", "v": "\\u001b[31m<i>"}}', streams=False)) as server:
        assert run(programs, "--ask", "trace", "--model", "<u>tiny</u>", "--endpoint", server.url, "--html", str(page)) == 0
    text = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;0" in text
    assert not any(tag in text for tag in ("<script>", "<b>", "<i>", "<u>", "\x1b"))


def test_own_words_take_the_place_of_a_prompt(tmp_path, programs, capsys) -> None:
    prompt, answers = tmp_path / "mine.md", tmp_path / "answers.jsonl"
    prompt.write_text("<!-- user -->\nRun {{call}} in:\n{{code}}\n", encoding="utf-8")
    with model_server(says("[ANSWER]3[/ANSWER]")) as server:
        asked = [programs, "--ask", "output", "--model", "tiny", "--endpoint", server.url, "--prompt", str(prompt)]
        assert run(*asked, "--answers", str(answers)) == 0
        assert server.received[0].body["messages"][0]["content"].startswith("Run f(")
        prompt.write_text("<!-- user -->\nRun it: {{code}}\n", encoding="utf-8")
        assert run(*asked) == 2
    assert "lacks {{call}}" in capsys.readouterr().err
    label = json.loads(answers.read_text(encoding="utf-8").splitlines()[0])["prompt"]
    assert label.startswith("mine@")
    assert len(label) == len("mine@") + 8
