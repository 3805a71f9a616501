"""What the tests of plots look at: parsed SVG, and a round with known numbers."""

from __future__ import annotations

from lxml import etree

from nbrepro.corpora.durations import Stretch
from nbrepro.corpora.statistics import CorpusStatistics, Figure, Tally

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script> $x$ \x07 中"


def parsed(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


def texts(root: etree._Element) -> list[str]:
    """All that can be read in a plot, tooltips and descriptions left out."""
    return ["".join(found.itertext()) for found in root.iter(f"{SVG}text")]


def marks(root: etree._Element) -> dict[str, etree._Element]:
    """The parts that say something, by what they say."""
    return {found.find(f".//{SVG}title").text: found for found in root.iter(f"{SVG}g") if found.get("class") == "mark"}


def box(mark: etree._Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a bar."""
    numbers = [float(word) for word in mark.find(f".//{SVG}path").get("d").split() if word not in "MLz"]
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


def named(count: int) -> tuple[str, ...]:
    return tuple(f"repository: {number}.ipynb" for number in range(count))


def round_of_forty() -> CorpusStatistics:
    """Forty notebooks run, half of them finished, a quarter reproduced."""
    stages = {"found": 50, "valid": 45, "chosen": 40, "run": 40, "resolved": 36, "built": 36, "executed": 30, "finished": 20}
    stages |= {"compared": 20, "reproduced": 10, "exactly": 8}
    tally = Tally(executed=30, run=30, runnable_cells=100, ran_cells=75, comparable_cells=60, reproduced_cells=30)
    bare = Tally(executed=0, run=10, runnable_cells=20, ran_cells=0)
    return CorpusStatistics(
        round_id=1,
        name="1",
        created="",
        finished=None,
        request={},
        version="0",
        repositories=3,
        unavailable=(),
        figures=(
            *(Figure("stage", stage, count, named(count)) for stage, count in stages.items()),
            Figure("failure", HOSTILE, 12, named(12)),
            Figure("failure", "KeyError", 8, named(8)),
            Figure("year", "2019", 30, named(30)),
            Figure("year", "2020", 10),
        ),
        whole=tally,
        breakdowns={"year": {"2019": tally, "2020": bare}, "library": {"numpy": tally}},
        durations=(Stretch(0, 0.5, 30, 12.0, 90.0), Stretch(1.5, 2, 10, 7200.0, 7300.0)),
    )
