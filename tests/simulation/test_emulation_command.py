"""`nbrepro simulate emulate` from end to end, with a real server and with a recording."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulation.model_server import fails, model_server, says
from simulation.scripted import by_truth

from nbrepro.commands.main import main
from nbrepro.simulation.emulation import emulate
from nbrepro.simulation.models.recorded import Recorder
from nbrepro.simulation.programs import Program

CODE = "def f(words):\n    return [mood(word) for word in words]\n"


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "program.py"
    path.write_text(CODE, encoding="utf-8")
    return str(path)


@pytest.fixture
def recording(tmp_path: Path) -> str:
    path = tmp_path / "answers.jsonl"
    model = Recorder(by_truth({"mood": {"glad": "good", "<b>": "bad"}.__getitem__}), path)
    emulate(Program("t", CODE, "f(['glad', '<b>'])"), model)
    return str(path)


def test_a_recording_answers_again(program, recording, tmp_path, capsys) -> None:
    pandas = pytest.importorskip("pandas")
    page, table = tmp_path / "page.html", tmp_path / "calls.csv"
    call = f"{program}::f(['glad', '<b>'])"
    assert main(["simulate", "emulate", call, "--replay", recording, "--html", str(page), "--csv", str(table)]) == 0
    out = capsys.readouterr().out
    assert "f(['glad', '<b>']) = ['good', 'bad']" in out
    assert "2 calls answered by scripted" in out
    assert "line 2: mood('glad') → 'good'" in out
    assert "<b>" not in page.read_text(encoding="utf-8")
    assert list(pandas.read_csv(table)["value"]) == ["'good'", "'bad'"]


def test_what_was_not_recorded_is_said(program, recording, capsys) -> None:
    assert main(["simulate", "emulate", f"{program}::f(['sad'])", "--replay", recording]) == 1
    assert "not-recorded" in capsys.readouterr().out


def test_a_server_is_asked_once_and_recorded(program, tmp_path, capsys) -> None:
    pytest.importorskip("openai")
    answers, cache = str(tmp_path / "new.jsonl"), str(tmp_path / "cache")
    with model_server(says("[ANSWER]'good'[/ANSWER]")) as server:
        command = ["simulate", "emulate", f"{program}::f(['glad'])", "--model", "m", "--endpoint", server.url, "--cache", cache]
        assert main([*command, "--record", answers]) == 0
        assert main(command) == 0
        assert len(server.received) == 1
        assert main([*command, "--no-cache"]) == 0
        assert len(server.received) == 2
    assert main(["simulate", "emulate", f"{program}::f(['glad'])", "--replay", answers]) == 0
    assert capsys.readouterr().out.count("f(['glad']) = ['good']") == 4


def test_limits_and_failures(program, tmp_path, capsys) -> None:
    pytest.importorskip("openai")
    with model_server(fails(401, "who are you?")) as server:
        command = ["simulate", "emulate", f"{program}::f(['a', 'b'])", "--model", "m", "--endpoint", server.url, "--no-cache"]
        assert main(command) == 1
        assert "who are you?" in capsys.readouterr().out
        assert main([*command, "--calls", "0"]) == 1
        assert "too-many-calls" in capsys.readouterr().out
        assert len(server.received) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--model NAME"),
        (["--replay", "x", "--html", "nowhere/page.html"], "there is no folder"),
        (["--replay", "nowhere.jsonl"], "nowhere.jsonl can't be read"),
        (["--replay", "x", "--endpoint", "http://127.0.0.1:1/v1"], "give one of them"),
        (["--model", "m", "--endpoint", "http://127.0.0.1:1/v1", "--seconds", "0"], "more than 0 seconds"),
        (["--model", "m", "--endpoint", "127.0.0.1"], "no web address"),
    ],
)
def test_requests_that_are_wrong(options, words, program, capsys) -> None:
    assert main(["simulate", "emulate", program, *options]) == 2
    assert words in capsys.readouterr().err


def test_a_cell_is_the_program(recording) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "nbrepro_magics")
    found = shell.run_cell_magic("nbrepro", f"simulate emulate --replay {recording}", CODE + "\nf(['glad', '<b>'])\n")
    assert found.emulation.value == "['good', 'bad']"
    assert "&lt;b&gt;" in found._repr_mimebundle_()["text/html"]
    found = shell.run_cell_magic("nbrepro", f"simulate emulate --replay {recording}", "x = 1")
    assert (found.exit_status, repr(found).splitlines()[0]) == (0, "ok")


def test_a_file_that_is_absent(capsys) -> None:
    assert main(["simulate", "emulate", "--model", "m"]) == 2
    assert "which program?" in capsys.readouterr().err
    assert main(["simulate", "emulate", "nowhere.py", "--model", "m", "--endpoint", "http://127.0.0.1:1/v1"]) == 2
    assert "nowhere.py can't be read" in capsys.readouterr().err
