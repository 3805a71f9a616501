"""Notebooks for the benchmark of execution."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import v4

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
TRIVIAL = (
    "value = {number}\nvalue",
    "import math\nprint('root', math.sqrt(value))",
    "def total(count):\n    return sum(range(count))\ntotal(100 + value)",
    "import sys\nprint('standard')\nprint('error', file=sys.stderr)\nlist(range(5))",
    "{{'value': value, 'list': [1, 2, 3]}}",
)
SCIENCE = (
    "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt",
    "values = np.random.default_rng({number}).normal(size=(100, 3))\nvalues.mean(axis=0)",
    "frame = pd.DataFrame(values, columns=list('abc'))\nframe.head()",
    "frame.describe()",
    "figure, axes = plt.subplots()\naxes.plot(frame['a'].cumsum())\naxes.set_title('walk {number}')\nplt.show()",
)


def write(path: Path, sources: list[str]) -> None:
    cells = [v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells, metadata=KERNEL), path)


def write_corpus(folder: Path, trivial: int, science: int) -> None:
    for name, count, sources in (("trivial", trivial, TRIVIAL), ("science", science, SCIENCE)):
        for number in range(count):
            write(folder / f"{name}-{number:04}.ipynb", [source.format(number=number) for source in sources])


def long_notebook(folder: Path, cells: int) -> None:
    write(folder / "long.ipynb", [f"{number} + 1" for number in range(cells)])
