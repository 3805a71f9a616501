from __future__ import annotations

import io
import re
import threading
from xml.etree import ElementTree as ET

import pytest
from reports.examples import compared, comparison_of, every_kind, executed, printed, report_of, reproduced, result_of, step_of
from reports.hostile import ATTACKS, hostile_report
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from nbrepro.model import Because, NotebookVerdict, Stream, Verdict
from nbrepro.reports.display import TerminalDisplay
from nbrepro.reports.junit import as_junit
from nbrepro.reports.markdown import as_markdown, escaped
from nbrepro.reports.progress import ProgressDisplay
from nbrepro.reports.results import Report
from nbrepro.reports.terminal import print_report
from nbrepro.reports.text import deviation_lines
from nbrepro.reports.waiting import WaitingLines

NOTHING = report_of(result_of("empty.ipynb", comparison_of(NotebookVerdict.NOTHING_TO_COMPARE, step_of(0, "x = 1"))))


def on_terminal(report: Report, width: int = 100, encoding: str = "utf-8", environment: dict[str, str] | None = None) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    print_report(
        report, Console(file=file, force_terminal=True, width=width, highlight=False, _environ=environment or {"TERM": "xterm-256color"})
    )
    return raw.getvalue().decode(encoding)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_markdown(snapshot: SnapshotAssertion) -> None:
    assert as_markdown(every_kind()) == snapshot
    assert as_markdown(executed()) == snapshot(name="run")


def test_junit(snapshot: SnapshotAssertion) -> None:
    assert as_junit(every_kind()) == snapshot
    assert as_junit(NOTHING) == snapshot(name="nothing to compare")


@pytest.mark.parametrize("width", [100, 60])
def test_terminal(width: int, snapshot: SnapshotAssertion) -> None:
    text = plain(on_terminal(every_kind(), width))
    assert text == snapshot
    assert max(map(len, text.splitlines())) <= width


def test_no_color_is_respected() -> None:
    assert "\x1b[31m" in on_terminal(every_kind()), "otherwise this shows nothing"
    without = on_terminal(every_kind(), environment={"TERM": "xterm-256color", "NO_COLOR": "1"})
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", without)


def test_a_terminal_without_utf_8_gets_other_signs() -> None:
    text = on_terminal(every_kind(), encoding="ascii")
    assert "! analysis.ipynb: differs" in plain(text)


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    path = "folder/" * 30 + "notebook.ipynb"
    report_of(result_of(path, comparison_of(NotebookVerdict.REPRODUCED))).print()
    printed_text = capsys.readouterr().out
    assert path in printed_text
    assert "\x1b" not in printed_text


def test_display_is_quiet_when_asked_and_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet, only_progress, shows in ((True, False, False), (False, True, False), (False, False, True)):
        with TerminalDisplay(quiet=quiet, only_progress=only_progress) as display:
            display.notebook_started("a.ipynb", 3)
            display.step("a.ipynb", 1)
            display.notebook_finished(reproduced())
        display.show(every_kind())
        captured = capsys.readouterr()
        assert ("unreadable" in captured.err) is quiet
        assert bool(captured.out) is shows


def test_progress_shows_the_notebook_that_runs() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, _environ={"TERM": "xterm-256color"})
    with ProgressDisplay(console) as display:
        display.notebook_started("good.ipynb", 3)
        display.step("good.ipynb", 3)
        display._progress.refresh()
        display.notebook_finished(reproduced())
        display._progress.refresh()
    text = plain(file.getvalue())
    assert "good.ipynb" in text
    assert "2/3" in text
    assert "1 notebook done, 0 not reproduced" in text


def test_a_log_says_from_time_to_time_what_goes_on() -> None:
    lines: list[str] = []
    said = threading.Event()

    def write(line: str) -> None:
        lines.append(line)
        said.set()

    with WaitingLines(write, seconds=0.02) as waiting:
        waiting.notebook_started("good.ipynb", 3)
        waiting.notebook_finished(reproduced())
        waiting.notebook_started("slow.ipynb", 3)
        waiting.preparing("slow.ipynb", "resolving 5 wishes\x1b[2J")
        said.clear()
        assert said.wait(10)
    assert re.fullmatch(r"after .* s, 1 notebook done: slow.ipynb: resolving 5 wishes", lines[-1])


def test_what_an_environment_lacks_is_told_before_what_no_cell_notices() -> None:
    deviations = ("server-left-out: notebook", "kernel-floats: tornado", "built: a", "unpinned: pandas", "dropped: gym")
    step = step_of(0, "a", printed(Verdict.DIFFERENT, "1\n", "2\n"))
    result = result_of("a.ipynb", comparison_of(NotebookVerdict.DIFFERS, step, deviations=deviations))
    told = [line.removeprefix("deviation: ").partition(":")[0] for line in deviation_lines(result)]
    assert told[:3] == ["dropped", "unpinned", "server-left-out"]


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_markdown_cells_hold_foreign_text(attack: str) -> None:
    cell = escaped(attack)
    assert "\n" not in cell
    assert not re.search(r"(?<!\\)[|`<>]", cell)
    assert "@" not in cell
    assert "://" not in cell


def test_hostile_markdown_opens_no_tag_and_closes_no_fence() -> None:
    text = as_markdown(hostile_report())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    fence, outside = "", []
    for line in text.splitlines():
        found = re.match(r"\s*(`{3,})", line)
        if found and not fence:
            fence = found[1]
        elif fence and line.strip() == fence:
            fence = ""
        elif not fence:
            outside.append(line)
        else:
            assert line.lstrip()[:2] in {"- ", "+ "}
    assert not fence, "every fence is closed"
    tags = set(re.findall(r"<[^>]*>", "\n".join(outside)))
    assert tags == {"<details>", "</details>", "<summary>", "</summary>"}


def test_hostile_junit_can_be_parsed_and_forges_nothing() -> None:
    root = ET.fromstring(as_junit(hostile_report()))
    names = {case.get("name") for case in root.iter("testcase")}
    assert "forged" not in names
    assert len(root) == 2


def test_hostile_terminal_text_steers_nothing() -> None:
    text = on_terminal(hostile_report())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", plain(text))


def test_a_timed_out_cell_is_called_so() -> None:
    step = step_of(0, "f()", printed(Verdict.NOT_COMPARED, "1", "", Because("timed-out", "The step did not end in time.")))
    root = ET.fromstring(as_junit(report_of(result_of("a.ipynb", comparison_of(NotebookVerdict.TIMED_OUT, step)))))
    skipped = root.find(".//skipped")
    assert skipped is not None
    assert skipped.get("message") == "The step did not end in time."
    assert root.get("failures") == "1", "the notebook as a whole failed, as nothing was compared"


def test_every_report_of_a_notebook_that_is_not_reproduced_says_why() -> None:
    from nbrepro.reports.html import as_html
    from nbrepro.reports.json_report import as_json

    source = "import random\nprint(random.random())"
    saved, run = Stream("stdout", "0.5\n"), Stream("stdout", "0.7\n")
    step = step_of(0, source, compared(Verdict.DIFFERENT, "stdout", saved, run, Because("text", "0.5 is not 0.7")))
    report = report_of(result_of("a.ipynb", comparison_of(NotebookVerdict.DIFFERS, step)))
    cause = report[0].causes[0]
    assert (cause.slug, cause.certainty) == ("unseeded-randomness", "likely")
    for text in (report[0].print_text(), plain(on_terminal(report, 200)), as_junit(report), as_html(report), as_json(report)):
        assert cause.message in text
    assert f"likely cause (cell 1): {cause.message}" in report[0].print_text()
    assert "likely cause" in as_markdown(report)
    assert "cause" not in report_of(reproduced())[0].print_text()
