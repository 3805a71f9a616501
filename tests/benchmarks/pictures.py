"""How many pairs of figures are compared in a second, and in how much memory: `python tests/benchmarks/pictures.py [PAIRS]`.

Pairs of 640×480 pixels, drawn by the matplotlib that is installed: a quarter of them with equal pixels but other bytes, with a title set
aside, with one point moved, and of other figures. Then a few pairs of noise, the worst case, and of 4000×3000 pixels.
"""

from __future__ import annotations

import base64
import resource
import sys
import time
from collections import Counter
from io import BytesIO

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot as plt
from PIL import Image

from nbrepro.comparison.pictures import compare_pictures

DRAWN = 20


def figure(seed: int, *, shift: float = 0.0, bump: float = 0.0, level: int = 6, size: tuple[float, float] = (6.4, 4.8)) -> str:
    draws = np.random.default_rng(seed)
    values = np.cumsum(draws.normal(size=200))
    values[100] += bump
    canvas, axes = plt.subplots(figsize=size)
    axes.plot(values)
    axes.scatter(np.arange(200), values[::-1], s=4, color="C1")
    canvas.text(0.3 + shift, 0.94, f"Random walk {seed}", fontsize=14)
    buffer = BytesIO()
    canvas.savefig(buffer, format="png", pil_kwargs={"compress_level": level})
    plt.close(canvas)
    return base64.encodebytes(buffer.getvalue()).decode()


def resident_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(name: str, pairs: list[tuple[str, str]], repeats: int) -> None:
    before = time.process_time()
    verdicts = Counter(str(compare_pictures(*pairs[index % len(pairs)]).verdict) for index in range(repeats))
    seconds = time.process_time() - before
    print(f"{name:24} {repeats / seconds:8.1f} pairs per second of CPU  {dict(verdicts)}  peak {resident_megabytes():.0f} MB")


def noise(seed: int, size: tuple[int, int]) -> str:
    buffer = BytesIO()
    levels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(levels).save(buffer, "PNG", compress_level=1)
    return base64.b64encode(buffer.getvalue()).decode()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    kinds = {
        "equal pixels": [(figure(seed), figure(seed, level=1)) for seed in range(DRAWN)],
        "title set aside": [(figure(seed), figure(seed, shift=0.001)) for seed in range(DRAWN)],
        "one point moved": [(figure(seed), figure(seed, bump=4)) for seed in range(DRAWN)],
        "another figure": [(figure(seed), figure(seed + 1)) for seed in range(DRAWN)],
    }
    print(f"drawn: {resident_megabytes():.0f} MB")
    for name, pairs in kinds.items():
        timed(name, pairs, count // len(kinds))
    timed("noise 640×480", [(noise(1, (640, 480)), noise(2, (640, 480)))], 5)
    timed("4000×3000", [(figure(1, size=(40, 30)), figure(1, size=(40, 30), bump=2))], 2)
    timed("noise 4000×3000", [(noise(1, (4000, 3000)), noise(2, (4000, 3000)))], 1)


if __name__ == "__main__":
    main()
