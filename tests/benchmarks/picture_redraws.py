"""Confusion matrix of the picture comparer on figures drawn again at another resolution, in another size or another font.

    python tests/benchmarks/picture_redraws.py                  draws the figures and judges all pairs
    python tests/benchmarks/picture_redraws.py --drawn FOLDER   figures drawn before (`--draw FOLDER` draws only)

`same`: one figure under two conditions, of which one is `inline-72`, what notebooks drew by default until 2022. `different`:
the same, and one change was made to the figure. Kinds of figures in `TUNED` are counted apart from
the others, but the limits were chosen with some of both in view: no part is held out.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import picture_figures as figures
from matplotlib import pyplot as plt

from nbrepro.comparison.pictures import compare_pictures
from nbrepro.model import Judgement

TUNED = {"line", "bars", "heat-map", "boxes", "error-bars", "panels", "words", "frame", "areas"}
FIRST = "inline-72"
INLINE: dict[str, Any] = {"figure.figsize": (6.0, 4.0), "savefig.dpi": 72, "font.size": 10}
CONDITIONS: dict[str, dict[str, Any]] = {
    FIRST: INLINE,
    "dpi-80": {**INLINE, "savefig.dpi": 80},
    "dpi-100": {**INLINE, "savefig.dpi": 100},
    "dpi-144": {**INLINE, "savefig.dpi": 144},
    "inline-100": {**INLINE, "figure.figsize": (6.4, 4.8), "savefig.dpi": 100},
    "serif": {**INLINE, "font.family": "DejaVu Serif"},
    "mono": {**INLINE, "font.family": "DejaVu Sans Mono"},
    "stix": {**INLINE, "font.family": "STIXGeneral", "mathtext.fontset": "stix"},
    "computer-modern": {**INLINE, "font.family": "cmr10", "mathtext.fontset": "cm", "axes.formatter.use_mathtext": True},
}
CHANGES: dict[str, dict[str, Any]] = {
    "base": {},
    **figures.ANY,
    **figures.CURVES,
    "point-5": {"point": 0.16},
    "title-letter": {"title": "Measured sigual 2019"},
    "tick-digit": {},
}
EIGHTS = str.maketrans("0123456789", "8478690153")


def relabel(axes: Any) -> None:
    """Changes one digit of one label of a tick to another that looks much like it."""
    axes.figure.canvas.draw()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    if len(labels) < 3 or not labels[-2]:
        axes.figure.text(0.01, 0.5, "8")
        return
    ticks = axes.get_yticks()
    digits = [place for place, character in enumerate(labels[-2]) if character.isdigit()]
    place = digits[-1]
    labels[-2] = labels[-2][:place] + labels[-2][place].translate(EIGHTS) + labels[-2][place + 1 :]
    axes.set_yticks(ticks, labels)


def draw(folder: Path, conditions: list[str]) -> None:
    for condition in conditions:
        for kind, function in figures.KINDS.items():
            for change, options in CHANGES.items():
                if change in figures.WITHOUT.get(kind, ()) or (kind == "pie" and change == "tick-digit"):
                    continue
                with plt.style.context("default"), plt.rc_context(CONDITIONS[condition]):
                    function({**figures.COMMON, **options})
                    if change == "tick-digit":
                        relabel(plt.gcf().axes[0])
                    plt.savefig(folder / f"{condition}.{kind}.{change}.png", bbox_inches="tight")
                    plt.close("all")


def payload(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def pairs(folder: Path, condition: str) -> Iterator[tuple[str, str, Judgement]]:
    """Label, kind and change, judgement."""
    for path in sorted(folder.glob(f"{FIRST}.*.png")):
        _, kind, change, _ = path.name.split(".")
        redrawn = folder / f"{condition}.{kind}.{change}.png"
        yield "same", f"{kind} {change}", compare_pictures(payload(path), payload(redrawn))
        if change != "base":
            base = folder / f"{condition}.{kind}.base.png"
            yield "different", f"{kind} {change} first", compare_pictures(payload(path), payload(base))
            base = folder / f"{FIRST}.{kind}.base.png"
            yield "different", f"{kind} {change} again", compare_pictures(payload(base), payload(redrawn))


def judge(folder: Path, conditions: list[str], *, verbose: bool) -> None:
    print(f"{'':40}" + "".join(f"{name:>12}" for name in ("equivalent", "close", "different", "slugs")))
    for condition in conditions:
        counts: Counter[tuple[str, str, str]] = Counter()
        slugs: dict[tuple[str, str], Counter[str]] = {}
        for label, name, judgement in pairs(folder, condition):
            part = "tuned" if name.split()[0] in TUNED else "other"
            counts[part, label, str(judgement.verdict)] += 1
            slugs.setdefault((part, label), Counter())[judgement.because[0].slug if judgement.because else ""] += 1
            if verbose and judgement.verdict.is_same != (label == "same"):
                print(
                    f"{condition:16} {label:9} {judgement.verdict:9} {name:28} {'; '.join(reason.message for reason in judgement.because)}"
                )
        for (part, label), found in slugs.items():
            row = "".join(f"{counts[part, label, verdict]:12}" for verdict in ("equivalent", "close", "different"))
            print(f"{condition:16} {part:10} {label:12} {row}   {dict(found)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawn", type=Path, metavar="FOLDER")
    parser.add_argument("--draw", type=Path, metavar="FOLDER")
    parser.add_argument("--conditions", nargs="+", default=[name for name in CONDITIONS if name != FIRST])
    parser.add_argument("--verbose", action="store_true", help="name every pair whose verdict contradicts its label")
    options = parser.parse_args()
    if options.draw:
        options.draw.mkdir(parents=True, exist_ok=True)
        draw(options.draw, options.conditions)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.drawn or Path(scratch)
        if not options.drawn:
            draw(folder, [FIRST, *options.conditions])
        judge(folder, options.conditions, verbose=options.verbose)


if __name__ == "__main__":
    main()
