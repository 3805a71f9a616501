"""`papermill --engine nbrepro`, as its users call it, beside papermill's own engine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from execution.runs import processes_in, until
from harness import Example, code, markdown

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")]
TIMES = ("start_time", "end_time", "duration")
CELLS = (
    markdown("# Title"),
    code("a = 1", tags=["parameters"]),
    code("import sys\nprint('out', a)\nprint('err', file=sys.stderr)\na * 2"),
    code("from IPython.display import HTML, display\nhandle = display(HTML('1'), display_id=True); handle.update(HTML('2'))"),
    code("  "),
    code("never", tags=["skip-execution"]),
    code("import ipywidgets; ipywidgets.IntSlider(3)"),
    markdown("end"),
)


def papermill(folder: Path, *words: str, engine: str = "nbrepro", source: str = "example.ipynb") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", "--engine", engine, source, f"{engine}.ipynb", "--no-progress-bar", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def written(folder: Path, engine: str = "nbrepro") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / f"{engine}.ipynb").read_text())
    return content


def timeless(content: Mapping[str, Any]) -> str:
    """A written notebook without what differs between any two runs: times, ids, and where it was written."""
    for part in (content, *content["cells"]):
        part["metadata"].pop("execution", None)  # nbclient's own times
        noted = part["metadata"].get("papermill", {})
        noted.update({name: type(noted[name]).__name__ for name in TIMES if name in noted})
    content["metadata"]["papermill"].pop("output_path")
    for state in content["metadata"].get("widgets", {}).values():
        state["state"] = sorted(model["model_name"] for model in state["state"].values())
    for cell in content["cells"]:
        cell.pop("id", None)
    text = json.dumps(content, sort_keys=True)
    for number, identity in enumerate(dict.fromkeys(re.findall(r"\b[0-9a-f]{32}\b", text))):
        text = text.replace(identity, f"model-{number}")
    return re.sub(r"ipykernel_\d+", "ipykernel", text)


def marked(content: Mapping[str, Any]) -> list[tuple[str, bool]]:
    return [(cell["metadata"]["papermill"]["status"], cell["metadata"]["papermill"]["exception"]) for cell in content["cells"]]


@pytest.mark.parametrize("words", [(), ("-p", "a", "21", "--cwd", "place", "--report-mode")], ids=["plain", "options"])
def test_the_notebook_is_the_one_that_papermill_writes(folder: Path, words: tuple[str, ...]) -> None:
    (folder / "place").mkdir()
    Example(cells=(*CELLS, code("import os; os.path.basename(os.getcwd())"))).write(folder)
    for engine in ("nbclient", "nbrepro"):
        done = papermill(folder, *words, engine=engine)
        assert done.returncode == 0, done.stderr
    assert timeless(written(folder)) == timeless(written(folder, "nbclient"))


def test_an_error_ends_the_run_and_what_ran_is_written(folder: Path) -> None:
    Example(cells=(code("print('before')"), code("1 / 0"), code("'never'"))).write(folder)
    ended = {engine: papermill(folder, engine=engine) for engine in ("nbclient", "nbrepro")}
    assert [done.returncode for done in ended.values()] == [1, 1]
    assert "PapermillExecutionError" in ended["nbrepro"].stderr
    assert "ZeroDivisionError: division by zero" in ended["nbrepro"].stderr
    assert timeless(written(folder)) == timeless(written(folder, "nbclient"))


def test_expected_errors_are_passed_over(folder: Path) -> None:
    Example(cells=(code("1 / 0", tags=["raises-exception"]), code("'after'"))).write(folder)
    ended = {engine: papermill(folder, engine=engine).returncode for engine in ("nbclient", "nbrepro")}
    assert ended["nbrepro"] == ended["nbclient"]
    assert timeless(written(folder)) == timeless(written(folder, "nbclient"))


def test_outputs_are_logged_and_written_as_they_come(folder: Path) -> None:
    Example(cells=(code("import sys\nprint('one')\nprint('two', file=sys.stderr)\n'three'"),)).write(folder)
    done = papermill(folder, "--log-output", "--stdout-file", "out.txt", "--stderr-file", "err.txt")
    assert done.returncode == 0, done.stderr
    assert re.search(r"Executing Cell 1-+\none\n.*two\n.*'three'\nEnding Cell 1-+", done.stderr, re.DOTALL)
    assert ((folder / "out.txt").read_text(), (folder / "err.txt").read_text()) == ("one\n", "two\n")


def test_the_notebook_is_saved_while_a_cell_runs(folder: Path) -> None:
    source = "import time\nfor number in range(600):\n    print(number, flush=True); time.sleep(0.1)"
    Example(cells=(code("'first'"), code(source))).write(folder)
    command = [sys.executable, "-m", "papermill", "--engine", "nbrepro", "example.ipynb", "nbrepro.ipynb", "--autosave-cell-every", "1"]
    client = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        assert until(lambda: (folder / "nbrepro.ipynb").exists() and _printed(folder) > 3, 60)
        assert marked(written(folder)) == [("completed", False), ("running", False)]
    finally:
        client.send_signal(signal.SIGINT)
        client.wait(timeout=30)
    assert client.returncode != 0
    assert until(lambda: processes_in(folder) == [])


def _printed(folder: Path) -> int:
    try:
        outputs = written(folder)["cells"][1]["outputs"]
    except ValueError:  # half written
        return 0
    return len(outputs[0]["text"]) if outputs else 0


def test_a_cell_that_takes_too_long_ends_the_run(folder: Path) -> None:
    Example(cells=(code("print('shown', flush=True)\nimport time; time.sleep(600)"), code("'never'"))).write(folder)
    done = papermill(folder, "--execution-timeout", "1")
    assert done.returncode == 1
    assert "CellTimeoutError" in done.stderr
    cells = written(folder)["cells"]
    assert cells[0]["outputs"][0]["text"] == ["shown\n"]
    assert marked(written(folder))[0] == ("failed", True)
    assert cells[1]["execution_count"] is None


def test_a_kernel_that_dies_ends_the_run(folder: Path) -> None:
    Example(cells=(code("print('shown', flush=True)\nimport os; os._exit(3)"), code("'never'"))).write(folder)
    done = papermill(folder)
    assert done.returncode == 138  # what papermill ends with where a kernel died
    assert "DeadKernelError" in done.stderr
    assert written(folder)["cells"][0]["outputs"][0]["text"] == ["shown\n"]


def test_an_unknown_kernel_is_refused(folder: Path) -> None:
    Example(cells=(code("1"),)).write(folder)
    done = papermill(folder, "-k", "nobody")
    assert done.returncode == 1
    assert "NoSuchKernel" in done.stderr


def test_a_notebook_that_must_not_be_forked_is_started(folder: Path) -> None:
    Example(cells=(code("import sys; 'pandas' in sys.modules"),)).write(folder)
    done = papermill(folder)
    assert done.returncode == 0, done.stderr
    assert "started, not forked: the notebook looks at the state of the interpreter" in done.stderr


def test_another_language(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder.parent / "jupyter" / "kernels" / "bash"
    place.mkdir(parents=True)
    command = [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"]
    (place / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "Bash", "language": "bash"}))
    monkeypatch.setenv("JUPYTER_PATH", str(folder.parent / "jupyter"))
    metadata = {"kernelspec": {"display_name": "Bash", "language": "bash", "name": "bash"}}
    Example(cells=(code("echo $((6 * 7))"),), metadata=metadata).write(folder)
    done = papermill(folder)
    assert done.returncode == 0, done.stderr
    assert written(folder)["cells"][0]["outputs"][0]["text"] == ["42\n"]


def test_ctrl_c_leaves_nothing(folder: Path) -> None:
    Example(cells=(code("open('begun', 'w').close()\nimport time; time.sleep(600)"),)).write(folder)
    command = [sys.executable, "-m", "papermill", "--engine", "nbrepro", "example.ipynb", "nbrepro.ipynb"]
    client = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, env=dict(os.environ))
    assert until((folder / "begun").exists, 60)
    client.send_signal(signal.SIGINT)
    assert client.wait(timeout=30) != 0
    assert until(lambda: processes_in(folder) == [])
