"""Draws labelled figures with the matplotlib that runs it: `python picture_figures.py FOLDER [--base]`.

Runs on Python 3.6 and matplotlib 2.2 and later, so that one script draws the same figures in many versions. Each figure is written as
`STYLE.KIND.CHANGE.png`; the change `base` is the figure itself, every other one makes it another figure in one respect
(in one style for each kind; none with `--base`).
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

STYLES = {
    "default": ["default", {"figure.figsize": (6.4, 4.8), "savefig.dpi": 100}],
    "inline": ["default", {"figure.figsize": (6.0, 4.0), "savefig.dpi": 72, "figure.facecolor": (1, 1, 1, 0), "font.size": 10}],
    "classic": ["classic", {"figure.figsize": (6.4, 4.8), "savefig.dpi": 80, "savefig.facecolor": "white"}],
}
COMMON = {
    "title": "Measured signal 2019",
    "color": None,
    "limit": None,
    "seed": 7,
    "amplitude": 1.0,
    "point": 0.0,
    "drop": False,
    "sign": 1.0,
}
ANY = {"title-digit": {"title": "Measured signal 2018"}, "title-word": {"title": "Measured voltage 2019"}}
CURVES = {
    "amplitude-5": {"amplitude": 1.05},
    "amplitude-20": {"amplitude": 1.2},
    "point": {"point": 0.5},
    "colour": {"color": "#d62728"},
    "limit": {"limit": 1.1},
    "dropped": {"drop": True},
    "sign": {"sign": -1.0},
    "seed": {"seed": 8},
}


def noise(options, size):
    """Random numbers that are the same in every version of numpy."""
    return np.random.RandomState(options["seed"]).normal(size=size)


def values(options, count=60):
    result = np.sin(np.linspace(0, 7, count)) + 0.1 * noise(options, count)
    result = options["sign"] * options["amplitude"] * result
    result[count // 3] += options["point"]
    return result


def finish(axes, options, *, limits=(-1.6, 1.6)):
    if limits:
        factor = options["limit"] or 1.0
        axes.set_ylim(limits[0] * factor, limits[1] * factor)
    axes.set_title(options["title"])


def line(options):
    _, axes = plt.subplots()
    axes.plot(values(options), color=options["color"], label="signal")
    if not options["drop"]:
        axes.plot(np.cos(np.linspace(0, 7, 60)), label="model", ls="--")
    axes.legend(loc="upper right")
    axes.set_xlabel("time [s]")
    finish(axes, options)


def scatter(options):
    _, axes = plt.subplots()
    axes.scatter(np.arange(60), values(options), c=options["color"] or "#1f77b4")
    if not options["drop"]:
        axes.scatter(np.arange(0, 60, 3), np.cos(np.linspace(0, 7, 20)), marker="x", c="#ff7f0e")
    finish(axes, options)


def bars(options):
    _, axes = plt.subplots()
    heights = np.abs(values(options, 9))
    if options["sign"] < 0:
        heights = heights[::-1]
    axes.bar(np.arange(9), heights, color=options["color"] or "#1f77b4")
    if not options["drop"]:
        axes.bar(np.arange(9), 0.3 * heights, color="#2ca02c")
    finish(axes, options, limits=(0, 1.7))


def histogram(options):
    _, axes = plt.subplots()
    axes.hist(options["sign"] * (noise(options, 500) * options["amplitude"] + 0.5), bins=np.linspace(-4, 4, 30), color=options["color"])
    if not options["drop"]:
        axes.axvline(0.5 + options["point"], color="black")
    finish(axes, options, limits=(0, 80))


def heat_map(options):
    _, axes = plt.subplots()
    field = np.outer(values(options, 24), values(dict(options, seed=3, point=0, sign=1), 24))
    image = axes.imshow(field, vmin=-1.5, vmax=1.5 * (options["limit"] or 1), cmap="plasma" if options["color"] else "viridis")
    if not options["drop"]:
        plt.colorbar(image, ax=axes)
    finish(axes, options, limits=None)


def contours(options):
    _, axes = plt.subplots()
    x, y = np.meshgrid(np.linspace(-2, 2, 50), np.linspace(-2, 2, 50))
    phase = 0.3 * noise(options, 1)[0]
    height = options["sign"] * options["amplitude"] * np.sin(2 * x + phase) * np.exp(-(y**2)) + options["point"] * np.exp(
        -9 * (x**2 + y**2)
    )
    axes.contourf(x, y, height, levels=np.linspace(-1.2, 1.2, 9), cmap="plasma" if options["color"] else "viridis")
    if not options["drop"]:
        axes.contour(x, y, height, levels=[-0.5, 0, 0.5], colors="black")
    finish(axes, options, limits=(-2, 2))


def boxes(options):
    _, axes = plt.subplots()
    groups = [values(dict(options, seed=options["seed"] + k)) * (0.4 + 0.2 * k) for k in range(4)]
    axes.boxplot(groups[:3] + ([] if options["drop"] else groups[3:]), boxprops={"color": options["color"] or "black"})
    axes.set_xlim(0.5, 4.5)
    finish(axes, options, limits=(-2, 2))


def pie(options):
    _, axes = plt.subplots()
    shares = np.abs(values(options, 6))[: 5 if options["drop"] else 6]
    colors = [options["color"] or "#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2"]
    axes.pie(shares, labels=list("abcdef")[: len(shares)], colors=colors, autopct="%.0f%%")
    axes.set_aspect("equal")
    finish(axes, options, limits=None)


def error_bars(options):
    _, axes = plt.subplots()
    y = values(options, 15)
    axes.errorbar(np.arange(15), y, yerr=0.2 + 0.1 * np.abs(y), fmt="o-", capsize=3, color=options["color"])
    if not options["drop"]:
        axes.axhline(0, color="grey", lw=1)
    axes.grid(True)
    finish(axes, options, limits=(-2, 2))


def log_axes(options):
    _, axes = plt.subplots()
    x = np.logspace(0, 4, 60)
    axes.loglog(x, x ** (1.5 * options["sign"]) * np.exp(values(dict(options, sign=1))), color=options["color"])
    if not options["drop"]:
        axes.loglog(x, 10 * x, "k--")
    axes.set_ylim(1e-6 * (options["limit"] or 1) ** 30, 1e8)
    finish(axes, options, limits=None)


def panels(options):
    _, grid = plt.subplots(2, 2)
    order = [1, 0, 2, 3] if options["sign"] < 0 else [0, 1, 2, 3]
    for place, k in enumerate(order):
        axes = grid.flat[place]
        local = dict(options, seed=options["seed"] + k, sign=1, point=options["point"] if k == 2 else 0)
        axes.plot(values(local) * (1 + 0.1 * k), color=options["color"] if k == 1 else None)
        axes.set_ylim(-2 * (options["limit"] or 1), 2)
        axes.set_title(f"panel {k}")
        if options["drop"] and k == 3:
            axes.cla()
    plt.suptitle(options["title"])
    plt.tight_layout()


def polar(options):
    axes = plt.subplot(111, projection="polar")
    axes.plot(np.linspace(0, 6, 60), np.abs(values(options)), color=options["color"])
    if not options["drop"]:
        axes.plot(np.linspace(0, 6, 60), np.linspace(0, 1.5, 60))
    axes.set_rmax(1.7 * (options["limit"] or 1))
    finish(axes, options, limits=None)


def words(options):
    _, axes = plt.subplots()
    numbers = values(options, 12)
    for k, number in enumerate(numbers):
        axes.text(0.05 + 0.45 * (k % 2), 0.9 - 0.15 * (k // 2), f"group {k}: {number:.2f}", color=options["color"] or "black")
    if not options["drop"]:
        axes.text(0.4, 0.02, r"$\alpha = %.1f$, n = 60" % (options["limit"] or 1))
    finish(axes, options, limits=None)


def surface(options):
    from mpl_toolkits.mplot3d import Axes3D  # noqa: F401 - registers the projection in matplotlib before 3.2

    axes = plt.figure().add_subplot(111, projection="3d")
    x, y = np.meshgrid(np.linspace(-2, 2, 25), np.linspace(-2, 2, 25))
    height = options["sign"] * options["amplitude"] * np.sin(2 * x + 0.3 * noise(options, 1)[0]) * np.exp(-(y**2))
    height[8, 8] += options["point"]
    axes.plot_surface(x, y, height, cmap="plasma" if options["color"] else "viridis")
    axes.set_zlim(-1.5 * (options["limit"] or 1), 1.5)
    finish(axes, options, limits=None)


def frame(options):
    import pandas as pd

    table = pd.DataFrame({"a": values(options), "b": np.cumsum(values(options)) / 10}, index=pd.date_range("2019-01-01", periods=60))
    axes = table[["a"] if options["drop"] else ["a", "b"]].plot(color=[options["color"] or "#1f77b4", "#ff7f0e"])
    finish(axes, options)


def grey_grid(options):
    style = {"axes.facecolor": "#eaeaf2", "axes.edgecolor": "white", "axes.grid": True, "grid.color": "white", "axes.axisbelow": True}
    with plt.rc_context(style):
        _, axes = plt.subplots()
        x = np.arange(60)
        axes.plot(x, values(options), color=options["color"] or "#4c72b0")
        axes.fill_between(x, values(options) - 0.2, values(options) + 0.2, color=options["color"] or "#4c72b0", alpha=0.3)
        if not options["drop"]:
            axes.plot(x, 0.02 * x - 0.5, color="#dd8452")
        finish(axes, options)


def areas(options):
    _, axes = plt.subplots()
    parts = [np.abs(values(dict(options, seed=options["seed"] + k))) for k in range(3)]
    axes.stackplot(np.arange(60), *(parts[: 2 if options["drop"] else 3]), colors=[options["color"] or "#1f77b4", "#ff7f0e", "#2ca02c"])
    if options["sign"] < 0:
        axes.invert_xaxis()
    finish(axes, options, limits=(0, 4))


KINDS = {
    "line": line,
    "scatter": scatter,
    "bars": bars,
    "histogram": histogram,
    "heat-map": heat_map,
    "contours": contours,
    "boxes": boxes,
    "pie": pie,
    "error-bars": error_bars,
    "log-axes": log_axes,
    "panels": panels,
    "polar": polar,
    "words": words,
    "surface": surface,
    "frame": frame,
    "grey-grid": grey_grid,
    "areas": areas,
}
WITHOUT = {
    "histogram": {"amplitude-5"},
    "pie": {"amplitude-5", "amplitude-20", "limit", "sign"},
    "polar": {"sign"},
    "surface": {"dropped"},
}
"""Changes that leave a kind as it is: shares of a pie have no scale, a radius no sign, and a surface is alone."""


def changes(kind):
    """Name and options of the figure itself and of each change of it."""
    yield "base", COMMON
    for name, change in list(ANY.items()) + list(CURVES.items()):
        if name not in WITHOUT.get(kind, set()):
            yield name, dict(COMMON, **change)


def draw(kind, style, options, path, **save):
    base, settings = STYLES[style]
    with plt.style.context(base):
        plt.rcParams.update(settings)
        KINDS[kind](options)
        facecolor = plt.gcf().get_facecolor() if style != "classic" else "white"
        plt.savefig(str(path), bbox_inches="tight", facecolor=facecolor, **save)
        plt.close("all")


def main(folder, only_base):
    styles = list(STYLES)
    for index, kind in enumerate(KINDS):
        for style in styles:
            draw(kind, style, COMMON, Path(folder) / f"{style}.{kind}.base.png")
        style = styles[index % 2]
        for change, options in () if only_base else changes(kind):
            draw(kind, style, options, Path(folder) / f"{style}.{kind}.{change}.png")


if __name__ == "__main__":
    main(sys.argv[1], "--base" in sys.argv)
