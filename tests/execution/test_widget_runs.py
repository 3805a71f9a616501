"""Widgets of real kernels: what is put out inside of them is recorded, written and compared."""

from __future__ import annotations

from pathlib import Path

from execution.runs import run
from harness import Example, code

from nbrepro.comparison import compare
from nbrepro.model import Display, NotebookVerdict, Verdict
from nbrepro.notebooks import executed, from_node

VIEW = "application/vnd.jupyter.widget-view+json"
CAPTURED = """
import ipywidgets
out = ipywidgets.Output()
with out:
    print('printed', 6 * 7)
    display({'a': 1})
@out.capture()
def f():
    print('captured')
    1 / 0
f()
out
"""


def test_what_output_widgets_hold_is_recorded_written_and_compared(folder: Path) -> None:
    cells = [code(CAPTURED), code("ipywidgets.interact(lambda x: print('x is', x), x=3);")]
    first = run(folder, *cells)
    models = [output.data[VIEW]["model_id"] for step in first.steps for output in step.outputs if isinstance(output, Display)]
    kinds = [type(output).__name__ for output in first.widgets[models[0]].outputs]
    assert kinds == ["Stream", "Display", "Stream", "ErrorOutput"]
    document = Example(cells=cells).document()
    saved = from_node(executed(document, first), "saved.ipynb").saved_execution()
    assert saved.widgets[models[0]] == first.widgets[models[0]]
    assert saved.widgets.keys() == first.widgets.keys()
    again = compare(saved, run(folder, *cells))
    assert [output.kind for output in again.steps[1].outputs] == [VIEW, "stdout"]
    assert again.verdict is NotebookVerdict.REPRODUCED
    changed = compare(saved, run(folder, code(CAPTURED.replace("6 * 7", "6 * 8")), cells[1]))
    assert [output.verdict for output in changed.steps[0].outputs if output.kind == "stdout"] == [Verdict.DIFFERENT]
    unsaved = compare(document.saved_execution(), first)
    assert unsaved.verdict is NotebookVerdict.NOTHING_TO_COMPARE


def test_a_progress_bar_of_widgets_is_reproduced_whatever_its_speed(folder: Path) -> None:
    cells = [code("import time\nfrom tqdm.notebook import tqdm\nfor n in tqdm(range(4)):\n    time.sleep(0.01 * n)")]
    document = Example(cells=cells).document()
    saved = from_node(executed(document, run(folder, *cells)), "saved.ipynb").saved_execution()
    assert compare(saved, run(folder, code(cells[0]["source"].replace("0.01", "0.2")))).verdict is NotebookVerdict.REPRODUCED
    assert compare(saved, run(folder, code(cells[0]["source"].replace("(4)", "(5)")))).verdict is NotebookVerdict.DIFFERS


def test_what_no_cell_shows_is_noted(folder: Path) -> None:
    hidden = "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print('nowhere')\n"
    assert run(folder, code(hidden)).notes == ("outputs in widgets that no cell shows, compared with nothing: 1",)
    assert run(folder, code(hidden), code("ipywidgets.VBox([out])")).notes == ()
