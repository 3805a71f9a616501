"""Confusion matrix of the picture comparer: verdicts on pairs of figures whose label is known.

    python tests/benchmarks/picture_confusion.py                       pairs drawn by the matplotlib that is installed
    python tests/benchmarks/picture_confusion.py OLD/bin/python …      … and by others, each drawing the same figures
    python tests/benchmarks/picture_confusion.py --drawn FOLDER …      figures that picture_figures.py has drawn already

`same`: the same figure drawn by two versions, or stored in another way. `different`: one change was made to it. Thresholds
were chosen on the kinds of figures in `TUNED`; all other kinds were held out, and are counted apart. Where a version chooses
other axis limits, other ticks or another layout for the same script, `different` is the right verdict under the label `same`:
`--verbose` names these pairs, to be looked at.
"""

from __future__ import annotations

import argparse
import base64
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from pathlib import Path

from PIL import Image

from nbrepro.comparison.pictures import compare_pictures
from nbrepro.comparison.settings import Settings

TUNED = {"line", "bars", "heat-map", "boxes", "error-bars", "panels", "words", "frame", "areas"}
FIGURES = Path(__file__).with_name("picture_figures.py")
Pair = tuple[str, str, str, str]
"""Label, name, expected and observed payload."""


def payload(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def stored_anew(path: Path) -> Iterator[tuple[str, str]]:
    """The same figure, stored in ways that a reader doesn't see."""
    with Image.open(path) as image:
        for name, picture, options in (
            ("uncompressed", image, {"compress_level": 0}),
            ("flattened", Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB"), {}),
        ):
            buffer = BytesIO()
            picture.save(buffer, "PNG", **options)
            yield name, base64.b64encode(buffer.getvalue()).decode()


def pairs(folders: list[Path]) -> Iterator[Pair]:
    for first, second in combinations(folders, 2):
        for path in sorted(first.glob("*.base.png")):
            if (second / path.name).exists():
                yield "same", f"{path.stem} {first.name} {second.name}", payload(path), payload(second / path.name)
    for folder in folders:
        for path in sorted(folder.glob("*.png")):
            style, kind, change = path.stem.split(".")
            base = folder / f"{style}.{kind}.base.png"
            if change != "base":
                yield "different", f"{path.stem} {folder.name}", payload(base), payload(path)
            elif folder == folders[0]:
                for name, other in stored_anew(path):
                    yield "same", f"{path.stem} {name}", payload(path), other


def draw(interpreters: list[str], folder: Path) -> list[Path]:
    folders = []
    for index, interpreter in enumerate(interpreters):
        target = folder / str(index)
        target.mkdir()
        subprocess.run([interpreter, "-W", "ignore", str(FIGURES), str(target)], check=True)
        folders.append(target)
    return folders


def count(folders: list[Path], settings: Settings, *, verbose: bool) -> dict[str, Counter[tuple[str, str]]]:
    matrices: dict[str, Counter[tuple[str, str]]] = {"tuned": Counter(), "held out": Counter()}
    for label, name, expected, observed in pairs(folders):
        judgement = compare_pictures(expected, observed, settings)
        matrices["tuned" if name.split(".")[1] in TUNED else "held out"][label, judgement.verdict] += 1
        if verbose and judgement.verdict.is_same != (label == "same"):
            print(f"{label:9} {judgement.verdict:9} {name}: {'; '.join(reason.message for reason in judgement.because)}")
    return matrices


def show(matrices: dict[str, Counter[tuple[str, str]]]) -> None:
    verdicts = ("identical", "equivalent", "close", "different", "not-compared")
    for part, matrix in matrices.items():
        print(f"\n{part:20}" + "".join(f"{verdict:>14}" for verdict in verdicts))
        for label in ("same", "different"):
            print(f"  labelled {label:9}" + "".join(f"{matrix[label, verdict]:14}" for verdict in verdicts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interpreters", nargs="*", help="Pythons with matplotlib and pandas")
    parser.add_argument("--drawn", nargs="+", type=Path, default=[], metavar="FOLDER")
    parser.add_argument("--tolerance", type=float, default=Settings().picture_tolerance)
    parser.add_argument("--verbose", action="store_true", help="name every pair whose verdict contradicts its label")
    options = parser.parse_args()
    settings = Settings(picture_tolerance=options.tolerance)
    with tempfile.TemporaryDirectory() as scratch:
        folders = options.drawn or draw([sys.executable, *options.interpreters], Path(scratch))
        show(count(folders, settings, verbose=options.verbose))


if __name__ == "__main__":
    main()
