"""Pictures: what a reader takes for the same figure, and what not."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nbrepro.comparison.difference_picture import EXPECTED_ONLY, OBSERVED_ONLY, difference_picture
from nbrepro.comparison.pictures import compare_pictures
from nbrepro.comparison.settings import Settings
from nbrepro.model import Verdict

mpl.use("Agg")

from matplotlib import pyplot as plt

DRAWN = Path(__file__).with_name("pictures")
KINDS = ("line", "words", "frame", "boxes")


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def stored(image: Image.Image, form: str = "PNG", **options: Any) -> str:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return text(buffer.getvalue())


def plain(color: object, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, color)  # type: ignore[arg-type]


def figure(**change: Any) -> str:
    drawn = {
        "title": "Signal 2019",
        "shift": 0.0,
        "scale": 1.0,
        "color": "C0",
        "limit": 1.5,
        "second": True,
        "point": 0.0,
        "seed": 1,
    } | change
    values = drawn["scale"] * (np.sin(np.linspace(0, 7, 60)) + 0.1 * np.random.default_rng(drawn["seed"]).normal(size=60))
    values[20] += drawn["point"]
    with plt.style.context("default"):
        canvas, axes = plt.subplots(figsize=(4, 3), dpi=80)
        axes.plot(values, color=drawn["color"])
        if drawn["second"]:
            axes.plot(np.cos(np.linspace(0, 7, 60)), color="C1", lw=1)
        axes.set_ylim(-drawn["limit"], drawn["limit"])
        canvas.text(0.35 + drawn["shift"], 0.93, drawn["title"])
        buffer = BytesIO()
        canvas.savefig(buffer, format="png")
        plt.close(canvas)
    return text(buffer.getvalue())


@pytest.fixture(scope="module")
def base() -> str:
    return figure()


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Signal 2018"},
        {"title": "Signal 2010"},
        {"scale": 1.08},
        {"scale": -1.0},
        {"color": "C2"},
        {"limit": 1.6},
        {"second": False},
        {"point": 0.3},
        {"seed": 2},
    ],
    ids=str,
)
def test_another_figure_is_different(base: str, change: dict[str, Any]) -> None:
    judgement = compare_pictures(base, figure(**change))
    assert judgement.verdict is Verdict.DIFFERENT
    assert judgement.because[0].slug == "picture-distance"
    assert judgement.deviation is not None
    assert judgement.deviation > 0.02


@pytest.mark.parametrize("shift", [0.0004, 0.001, 0.002])
def test_text_set_a_fraction_of_a_pixel_aside_is_close(base: str, shift: float) -> None:
    judgement = compare_pictures(base, figure(shift=shift))
    assert judgement.verdict in {Verdict.CLOSE, Verdict.EQUIVALENT}


@pytest.mark.parametrize("kind", KINDS)
def test_figures_of_versions_years_apart_are_close(kind: str) -> None:
    old, new = (text((DRAWN / f"{kind}-matplotlib-{version}.png").read_bytes()) for version in ("2.2.5", "3.10.8"))
    judgement = compare_pictures(old, new)
    assert judgement.verdict is Verdict.CLOSE
    assert judgement.deviation is not None
    assert 0 < judgement.deviation < 0.02 or judgement.deviation == 0


def test_a_version_that_chooses_other_limits_draws_another_figure() -> None:
    old, new = (text((DRAWN / f"bars-matplotlib-{version}.png").read_bytes()) for version in ("2.2.5", "3.10.8"))
    assert compare_pictures(old, new).verdict is Verdict.DIFFERENT


def test_the_tolerance_decides(base: str) -> None:
    changed = figure(title="Signal 2018")
    assert compare_pictures(base, changed, Settings(picture_tolerance=1.0)).verdict is Verdict.CLOSE
    assert compare_pictures(base, changed, Settings(picture_tolerance=0.0)).verdict is Verdict.DIFFERENT


def test_equal_pixels_in_other_bytes_are_equivalent() -> None:
    picture = plain("red")
    judgement = compare_pictures(stored(picture), stored(picture, compress_level=0))
    assert (judgement.verdict, judgement.because[0].slug) == (Verdict.EQUIVALENT, "picture-encoding")
    strict = Settings(disabled=frozenset({"picture-encoding", "picture-background"}))
    assert compare_pictures(stored(picture), stored(picture, compress_level=0), strict).verdict is Verdict.CLOSE


def test_base64_may_be_split_over_lines() -> None:
    content = base64.b64decode(stored(plain("red", (99, 99))))
    assert compare_pictures(text(content), base64.encodebytes(content).decode()).verdict is Verdict.IDENTICAL


def test_a_transparent_background_looks_white() -> None:
    transparent, white = plain((255, 255, 255, 0), mode="RGBA"), plain("white")
    for picture in (transparent, white):
        picture.paste((255, 0, 0), (5, 5, 20, 20))
    judgement = compare_pictures(stored(transparent), stored(white))
    assert (judgement.verdict, judgement.because[0].slug) == (Verdict.EQUIVALENT, "picture-background")
    grey = plain((200, 200, 200))
    grey.paste((255, 0, 0), (5, 5, 20, 20))
    assert compare_pictures(stored(transparent), stored(grey)).verdict is Verdict.DIFFERENT
    strict = Settings(disabled=frozenset({"picture-background"}))
    assert compare_pictures(stored(transparent), stored(white), strict).verdict is Verdict.DIFFERENT


def test_white_lines_on_transparent_pictures_are_seen() -> None:
    first, second = (plain((255, 255, 255, 0), mode="RGBA") for _ in range(2))
    first.paste((255, 255, 255, 255), (5, 5, 20, 8))
    assert compare_pictures(stored(first), stored(second)).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(("size", "verdict"), [((41, 30), Verdict.CLOSE), ((80, 60), Verdict.DIFFERENT), ((30, 40), Verdict.DIFFERENT)])
def test_sizes(size: tuple[int, int], verdict: Verdict) -> None:
    assert compare_pictures(stored(plain("white")), stored(plain("white", size))).verdict is verdict


def test_a_colour_that_is_gone_is_named() -> None:
    picture = plain("white")
    picture.paste("#d62728", (5, 5, 25, 25))
    message = compare_pictures(stored(picture), stored(plain("white"))).because[0].message
    assert "Missing colours: #d62728" in message


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP", "BMP", "JPEG"])
def test_every_format_is_decoded(form: str) -> None:
    red, blue = stored(plain("red"), form), stored(plain("blue"), form)
    assert compare_pictures(red, red).verdict is Verdict.IDENTICAL
    assert compare_pictures(red, blue).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_mode_of_png_is_decoded(mode: str) -> None:
    dark, light = plain(0, mode="L"), plain(255, mode="L")
    if mode == "I;16":
        pictures = [Image.fromarray(np.full((30, 40), level, np.uint16)) for level in (0, 0xFFFF)]
    else:
        pictures = [picture.convert(mode) for picture in (dark, light)]
    assert compare_pictures(stored(pictures[0]), stored(dark, compress_level=0)).verdict is Verdict.EQUIVALENT
    assert compare_pictures(stored(pictures[1]), stored(light, compress_level=0)).verdict is Verdict.EQUIVALENT
    assert compare_pictures(*map(stored, pictures)).verdict is Verdict.DIFFERENT


def test_jpeg_quality_is_close_and_cmyk_is_decoded(base: str) -> None:
    smooth = Image.radial_gradient("L").convert("RGB")
    assert compare_pictures(stored(smooth, "JPEG", quality=95), stored(smooth, "JPEG", quality=85)).verdict is Verdict.CLOSE
    cyan = plain((255, 0, 0, 0), mode="CMYK")
    assert compare_pictures(stored(cyan, "JPEG"), stored(plain((0, 255, 255)), "JPEG")).verdict.is_same


def animation(*colors: str, duration: int = 100) -> str:
    first, *rest = (plain(color) for color in colors)
    return stored(first, "GIF", save_all=True, append_images=rest, duration=duration, loop=0)


@pytest.mark.parametrize(
    ("other", "slug"),
    [
        (animation("red", "green", "black"), "picture-distance"),
        (animation("red", "green"), "picture-frames"),
        (animation("red", "green", "blue", duration=300), "picture-frames"),
    ],
)
def test_every_frame_of_an_animation_counts(other: str, slug: str) -> None:
    judgement = compare_pictures(animation("red", "green", "blue"), other)
    assert (judgement.verdict, judgement.because[0].slug) == (Verdict.DIFFERENT, slug)


def test_what_is_no_picture_is_not_compared() -> None:
    good = stored(plain("red"))
    half = text(base64.b64decode(good)[:60])
    for broken in ("", "no base64!", "AAAA", half, text(b"<svg/>")):
        judgement = compare_pictures(good, broken)
        assert judgement.verdict is Verdict.NOT_COMPARED
        assert judgement.because[0].message.startswith("The observed picture can't be decoded: ")


def test_a_decompression_bomb_is_refused() -> None:
    bomb = stored(Image.new("1", (10_000, 10_000)))
    judgement = compare_pictures(bomb, stored(plain("red")))
    assert judgement.verdict is Verdict.NOT_COMPARED
    assert "10000×10000 pixels" in judgement.because[0].message


@pytest.mark.slow
def test_a_large_picture_is_measured_at_a_part_of_its_size() -> None:
    large = Image.new("L", (3000, 2000), 255)
    changed = large.copy()
    changed.paste(0, (1000, 1000, 1040, 1040))
    judgement = compare_pictures(stored(large), stored(changed))
    assert judgement.verdict is Verdict.DIFFERENT
    assert "Measured at 1/2 of their size" in judgement.because[0].message


@pytest.mark.slow
def test_large_pictures_of_noise_come_to_an_end() -> None:
    first, second = (np.random.default_rng(seed).integers(90, 160, (1500, 2000), dtype=np.uint8) for seed in (1, 2))
    assert compare_pictures(stored(Image.fromarray(first)), stored(Image.fromarray(second))).verdict is Verdict.DIFFERENT


small_pictures = st.builds(
    lambda content, width: stored(
        Image.frombytes("RGB", (width, len(content) // (3 * width)), content[: len(content) // (3 * width) * 3 * width])
    ),
    st.binary(min_size=60, max_size=2000),
    st.integers(1, 20),
)


@given(small_pictures, small_pictures)
@settings(max_examples=60, deadline=None)
def test_laws(first: str, second: str) -> None:
    assert compare_pictures(first, first).verdict is Verdict.IDENTICAL
    assert compare_pictures(first, second).verdict is compare_pictures(second, first).verdict


@given(st.one_of(st.text(max_size=80), st.binary(max_size=80).map(text)), st.integers(0, 200), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_nothing_raises(payload: str, place: int, value: int) -> None:
    good = stored(plain("red"))
    assert compare_pictures(good, payload).verdict is Verdict.NOT_COMPARED
    content = bytearray(base64.b64decode(good))
    content[place % len(content)] = value
    assert compare_pictures(good, text(bytes(content))).verdict in set(Verdict)


def test_the_difference_picture_shows_both_sides() -> None:
    first, second = plain("white"), plain("white", (50, 30))
    first.paste("black", (2, 2, 8, 8))
    second.paste("black", (20, 2, 28, 8))
    content = difference_picture(stored(first), stored(second))
    assert content is not None
    with Image.open(BytesIO(content)) as shown:
        assert shown.size == (50, 30)
        assert (shown.getpixel((4, 4)), shown.getpixel((24, 4)), shown.getpixel((40, 20))) == (
            EXPECTED_ONLY,
            OBSERVED_ONLY,
            (255, 255, 255),
        )
    assert difference_picture(stored(first), "AAAA") is None


def test_a_reason_says_what_may_explain_another_size() -> None:
    small, large, other = (stored(plain("white", size)) for size in ((432, 288), (600, 400), (432, 500)))
    assert "72 and 100 dots per inch" in compare_pictures(small, large).because[0].message
    assert "dots per inch" not in compare_pictures(small, other).because[0].message
