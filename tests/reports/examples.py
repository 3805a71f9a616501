"""Reports for tests, built from values: what they hold depends on no comparer."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from datetime import UTC, datetime

from PIL import Image, ImageDraw

from nbrepro.comparison.settings import Settings
from nbrepro.model import (
    Because,
    Comparison,
    Display,
    ErrorOutput,
    Execution,
    Failure,
    FailureKind,
    NotebookVerdict,
    Origin,
    Output,
    OutputComparison,
    Step,
    StepComparison,
    StepStatus,
    Stream,
    Verdict,
    worst,
)
from nbrepro.reports.results import NotebookResult, Report

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def picture(points: Iterable[float], colour: str = "#0969da", size: tuple[int, int] = (360, 220)) -> str:
    """A curve as base64 of a PNG."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    pen.line([(30, 10), (30, size[1] - 25), (size[0] - 10, size[1] - 25)], fill="#57606a", width=2)
    heights = list(points)
    step = (size[0] - 50) / max(1, len(heights) - 1)
    pen.line([(35 + i * step, size[1] - 30 - h * (size[1] - 50)) for i, h in enumerate(heights)], fill=colour, width=3)
    stream = io.BytesIO()
    image.save(stream, "png")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def compared(
    verdict: Verdict, kind: str, expected: Output | None, observed: Output | None, *because: Because, judged: bool = True
) -> OutputComparison:
    return OutputComparison(kind, verdict, because, expected, observed, judged)


def step_of(index: int, source: str, *outputs: OutputComparison, status: StepStatus = StepStatus.COMPLETED) -> tuple[StepComparison, str]:
    verdict = worst(output.verdict for output in outputs if output.judged)
    return StepComparison(index, verdict, outputs, status, index, index), source


def comparison_of(
    verdict: NotebookVerdict,
    *steps: tuple[StepComparison, str],
    failure: Failure | None = None,
    deviations: tuple[str, ...] = (),
    path: str = "analysis.ipynb",
) -> Comparison:
    def execution(origin: Origin) -> tuple[Step, ...]:
        return tuple(
            Step(
                step.index,
                source,
                tuple(o for c in step.outputs if (o := c.expected if origin is Origin.SAVED else c.observed) is not None),
                StepStatus.COMPLETED if origin is Origin.SAVED else step.status,
                execution_count=None if origin is Origin.RERUN and step.status is StepStatus.NOT_RUN else number,
                seconds=None if origin is Origin.SAVED or step.status is StepStatus.NOT_RUN else 0.25 * number,
            )
            for number, (step, source) in enumerate(steps, start=1)
        )

    saved = Execution(path, Origin.SAVED, execution(Origin.SAVED))
    observed = Execution(
        path,
        Origin.RERUN,
        execution(Origin.RERUN),
        failure,
        seconds=4.5,
        runner="kernel",
        environment="current (Python 3.11.7)",
        deviations=deviations,
    )
    return Comparison(verdict, tuple(step for step, _ in steps), saved, observed)


def result_of(path: str, comparison: Comparison, **fields: object) -> NotebookResult:
    return NotebookResult(path, comparison.verdict, comparison, comparison.observed, seconds=6.25, **fields)  # type: ignore[arg-type]


def report_of(*results: NotebookResult, verb: str = "check") -> Report:
    settings = None if verb == "run" else Settings()
    return Report(results, verb=verb, settings=settings, created=CREATED, version="0.1.0")  # type: ignore[arg-type]


def printed(verdict: Verdict, before: str, after: str, *because: Because, name: str = "stdout", judged: bool = True) -> OutputComparison:
    return compared(verdict, name, Stream(name, before), Stream(name, after), *because, judged=judged)


def reproduced() -> NotebookResult:
    same = printed(Verdict.IDENTICAL, "42\n", "42\n")
    close = printed(Verdict.CLOSE, "0.1234567\n", "0.1234568\n", Because("number-tolerance", "largest relative deviation 8.1e-07", 8.1e-7))
    steps = step_of(0, "import numpy as np"), step_of(2, "print(42)", same), step_of(3, "print(fit())", close)
    return result_of("good.ipynb", comparison_of(NotebookVerdict.REPRODUCED_WITHIN_TOLERANCE, *steps, path="good.ipynb"))


TABLE = "<table><thead><tr><th></th><th>name</th><th>total</th></tr></thead><tbody>{}</tbody></table>"


def table(*rows: tuple[str, float]) -> Display:
    cells = "".join(f"<tr><th>{n}</th><td>{name}</td><td>{total}</td></tr>" for n, (name, total) in enumerate(rows))
    text = "   name  total\n" + "\n".join(f"{n}  {name:>5}  {total}" for n, (name, total) in enumerate(rows))
    return Display({"text/html": TABLE.format(cells), "text/plain": text}, is_result=True)


def differing() -> NotebookResult:
    before, after = table(("north", 100), ("south", 250)), table(("north", 100), ("south", 251))
    lines = [f"epoch {n:>2}: loss {1 / n:.4f}" for n in range(1, 31)]
    other = [line.replace("0.0500", "0.0512") for line in lines]
    curve = [0.1 + 0.8 * (n / 20) ** 2 for n in range(21)]
    figures = [
        Display({"image/png": picture(points), "text/plain": "<Figure size 360x220 with 1 Axes>"})
        for points in (curve, curve[:12] + [p * 0.8 for p in curve[12:]])
    ]
    steps = (
        step_of(0, "import pandas as pd\nimport matplotlib.pyplot as plt"),
        step_of(1, "print('ready')", printed(Verdict.IDENTICAL, "ready\n", "ready\n")),
        step_of(
            3,
            "for epoch in range(1, 31):\n    print(f'epoch {epoch:>2}: loss {train(epoch):.4f}')",
            printed(
                Verdict.DIFFERENT,
                "\n".join(lines) + "\n",
                "\n".join(other) + "\n",
                Because("lines-differ", "1 of 30 lines differs"),
                Because("number-changed", "line 20: expected 0.0500, observed 0.0512", 0.0234),
            ),
            printed(Verdict.DIFFERENT, "", "FutureWarning: use a list\n", name="stderr", judged=False),
        ),
        step_of(
            4,
            "frame.groupby('name').total.sum()",
            OutputComparison(
                "text/html",
                Verdict.DIFFERENT,
                (Because("cell-changed", "row 1, column total: 250 became 251", 0.004),),
                before,
                after,
                representations=(("text/html", Verdict.DIFFERENT), ("text/plain", Verdict.DIFFERENT)),
            ),
        ),
        step_of(
            5,
            "plt.plot(curve)",
            OutputComparison(
                "image/png",
                Verdict.DIFFERENT,
                (Because("picture-distance", "The pictures are 0.071 apart, more than 0.02.", 0.071),),
                *figures,
                representations=(("image/png", Verdict.DIFFERENT), ("text/plain", Verdict.IDENTICAL)),
            ),
        ),
        step_of(
            6,
            "object()",
            compared(
                Verdict.EQUIVALENT,
                "text/plain",
                Display({"text/plain": "<object object at 0x7f01>"}, is_result=True),
                Display({"text/plain": "<object object at 0x7f02>"}, is_result=True),
                Because("memory-addresses", "addresses in memory differ"),
            ),
        ),
        step_of(8, "summary", compared(Verdict.MISSING, "text/plain", Display({"text/plain": "mean 3.5"}, is_result=True), None)),
    )
    deviations = ("the notebook names the kernel conda-env-science; python3 was used",)
    comparison = comparison_of(NotebookVerdict.DIFFERS, *steps, deviations=deviations)
    return result_of("analysis.ipynb", comparison, repairs=("cell 3 had no metadata: an empty object was taken",))


def failing() -> NotebookResult:
    missing = ErrorOutput(
        "FileNotFoundError",
        "data/measured.csv",
        (
            "\x1b[0;31mFileNotFoundError\x1b[0m  Traceback (most recent call last)",
            "Cell In[2], line 1",
            "FileNotFoundError: data/measured.csv",
        ),
    )
    not_run = Because("not-run", "The step did not run.")
    steps = (
        step_of(0, "import pandas as pd"),
        step_of(
            1,
            "frame = pd.read_csv('data/measured.csv')",
            compared(Verdict.EXTRA, "error", None, missing),
            status=StepStatus.FAILED,
        ),
        step_of(
            2,
            "len(frame)",
            compared(Verdict.NOT_COMPARED, "output", Display({"text/plain": "150"}), None, not_run),
            status=StepStatus.NOT_RUN,
        ),
    )
    failure = Failure(
        FailureKind.STEP_ERROR,
        "FileNotFoundError: data/measured.csv",
        1,
        (("error", "FileNotFoundError"), ("absent file", "data/measured.csv")),
    )
    return result_of("failing.ipynb", comparison_of(NotebookVerdict.FAILED, *steps, failure=failure, path="failing.ipynb"))


def unreadable() -> NotebookResult:
    return NotebookResult(
        "broken.ipynb",
        None,
        problem="broken.ipynb, line 3, column 7: expected a JSON value, found nothing",
        problem_slug="unreadable-notebook",
    )


def every_kind() -> Report:
    return report_of(differing(), reproduced(), failing(), unreadable())


def executed(failure: Failure | None = None) -> Report:
    steps = (Step(0, "print(1)", (Stream("stdout", "1\n"),), execution_count=1, seconds=0.5), Step(2, "1 / 0", execution_count=2))
    execution = Execution("job.ipynb", Origin.RERUN, steps, failure, runner="kernel", environment="current (Python 3.11.7)")
    result = NotebookResult("job.ipynb", None, execution=execution, output_path="executed/job.ipynb", seconds=1.5)
    return report_of(result, verb="run")
