"""Streams: what must be equated under which name, and what must not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.comparison import Settings
from nbrepro.comparison.progress import without_progress
from nbrepro.comparison.streams import compare_streams, without_places
from nbrepro.comparison.terminal import has_control, rendered
from nbrepro.model import Verdict

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("line\r\nend\r\n", "line\nend\n"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("long line\rshort\n", "shortline\n"),
        ("progress\r        \rdone\n", "done\n"),
        ("progress\r\x1b[Kdone\n", "done\n"),
        ("ab\b\bcd\n", "cd\n"),
        ("1/2\b\b\b2/2\n", "2/2\n"),
        ("\x1b[31mred\x1b[0m\n", "red\n"),
        ("\x1b[1;38;5;12mbold\x1b[m", "bold"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\nb\x1b[AX\n", "aX\nb"),
        ("a\nb\n\x1b[2AX\n\n", "X\nb\n"),
        ("one\ntwo\n\x1b[2J", "\n\n"),
        ("bell\x07\n", "bell\n"),
        ("abc\x1b[1GX\x1b[2CY", "XbcY"),
        ("a\x1b[999999999999Cb", f"a{' ' * 999}b"),
        (f"a\x1b[{'9' * 5000}Dz", "z"),
    ],
)
def test_a_terminal_shows(text: str, shown: str) -> None:
    assert rendered(text) == shown


@given(st.text(alphabet="ab\r\n\b\x1b[0;1KAHJmG\t", max_size=60))
def test_what_is_shown_holds_no_control_and_stays_as_it_is(text: str) -> None:
    shown = rendered(text)
    assert not has_control(shown)
    assert rendered(shown) == shown


TQDM = " 10%|█         | 10/100 [00:01<00:09,  9.99it/s]\r100%|██████████| 100/100 [00:10<00:00, 10.00it/s]\n"
KERAS = "100/100 [==============================] - 1s 5ms/step - loss: 0.3012 - acc: 0.9000\n"
KERAS_3 = "\x1b[1m100/100\x1b[0m \x1b[32m━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m1s\x1b[0m 5ms/step - accuracy: 0.90 - loss: 0.30\n"
PIP = "     |████████████████████████████████| 61 kB 4.2 MB/s eta 0:00:01\n"
NEW_PIP = "   ━━━━━━━━━━━━━━━━━━━━━━━━━━ 61.0/61.0 kB 4.2 MB/s eta 0:00:00\n"
FAST = "Epoch 1/5 : |████████████----| 60.00% [3/5 00:01<00:00 0.1234]\n"
WGET = "model.bin  100%[===================>]  11.50M  25.3MB/s    in 0.5s    \n"
LOSS = "train:  45%|████▌     | 45/100 [00:12<00:15,  3.56it/s, loss=0.25]\n"
WARNING = "/tmp/ipykernel_12/34.py:3: FutureWarning: use mean\n  x.avg()\n"


@pytest.mark.parametrize(
    ("expected", "observed", "slugs"),
    [
        ("50%\r100%\n", "100%\n", {"terminal-control"}),
        ("\x1b[31mred\x1b[0m\n", "red\n", {"terminal-control"}),
        (TQDM, TQDM.replace("00:10<00:00, 10.00it/s", "00:20<00:00,  1.20s/it"), {"progress-bars"}),
        (TQDM, TQDM.partition("\r")[2], {"terminal-control"}),
        (TQDM.replace("\r", "\n"), TQDM.partition("\r")[2].replace("10.00it", "11.00it"), {"progress-bars"}),
        (TQDM, TQDM.replace("█", "#"), {"terminal-control", "progress-bars"}),
        (KERAS, KERAS.replace("1s 5ms", "12s 45us"), {"progress-bars"}),
        (KERAS_3, KERAS_3.replace("5ms", "7ms"), {"progress-bars"}),
        (PIP, PIP.replace("4.2 MB", "900 kB"), {"progress-bars"}),
        (NEW_PIP, NEW_PIP.replace("4.2 MB/s eta 0:00:00", "1.1 kB/s eta 0:00:10"), {"progress-bars"}),
        (FAST, FAST.replace("00:01<00:00", "01:01<00:40"), {"progress-bars"}),
        (WGET, WGET.replace("25.3MB/s    in 0.5s", "5.3MB/s    in 2.5s"), {"progress-bars"}),
        ("123it [00:01, 100.2it/s]\n", "123it [00:02, 61.5it/s]\n", {"progress-bars"}),
        (LOSS, LOSS.replace("3.56it", "9.56it"), {"progress-bars"}),
        (WARNING, WARNING.replace("/tmp/ipykernel_12/34.py:3", "<ipython-input-1-0a>:1"), {"warning-locations"}),
        (WARNING, "/a/b.py:99: FutureWarning: use mean\n  other()\n", {"warning-locations"}),
        (WARNING, "/a/b.py:99: FutureWarning: use mean\n", {"warning-locations"}),
    ],
)
def test_equated_under_a_name(expected: str, observed: str, slugs: set[str]) -> None:
    judgement = compare_streams(expected, observed, SETTINGS)
    assert (judgement.verdict, {because.slug for because in judgement.because}) == (Verdict.EQUIVALENT, slugs)
    assert compare_streams(observed, expected, SETTINGS).verdict is Verdict.EQUIVALENT
    for slug in slugs:
        strict = compare_streams(expected, observed, replace(SETTINGS, disabled=frozenset(slugs)))
        assert slug not in {because.slug for because in strict.because}


@pytest.mark.parametrize(
    ("expected", "observed"),
    [
        ("50%\r100%\n", "50%\r99%\n"),
        ("\x1b[31m1.0\x1b[0m\n", "\x1b[31m2.0\x1b[0m\n"),
        (TQDM, TQDM.replace("100%|██████████| 100/100", " 90%|█████████ | 90/100")),
        (TQDM, TQDM.replace("100/100", "200/200")),
        (TQDM, TQDM * 2),
        (KERAS, KERAS.replace("0.3012", "0.5012")),
        (KERAS, KERAS.replace("100/100 [==============================]", "50/100 [=============>................]")),
        (KERAS_3, KERAS_3.replace("0.90", "0.80")),
        (PIP, PIP.replace("61 kB", "62 kB")),
        (NEW_PIP, NEW_PIP.replace("61.0/61.0", "61.0/71.0")),
        (FAST, FAST.replace("0.1234", "0.4321")),
        (WGET, WGET.replace("11.50M", "12.50M")),
        ("123it [00:01, 100.2it/s]\n", "124it [00:01, 100.2it/s]\n"),
        (LOSS, LOSS.replace("0.25", "0.75")),
        (LOSS, LOSS.replace("train", "test")),
        (WARNING, WARNING.replace("mean", "median")),
        (WARNING, WARNING.replace("FutureWarning", "UserWarning")),
        (WARNING, WARNING * 2),
        ("x 5%|10| 3\n", "x 5%|20| 3\n"),
        ("| 5% | 1 |\n", "| 5% | 2 |\n"),
        ("future income 100\n", "future income 999\n"),
        ("rate 5 items/s\n", "rate 9 items/s\n"),
    ],
)
def test_not_equated(expected: str, observed: str) -> None:
    assert compare_streams(expected, observed, SETTINGS).verdict is Verdict.DIFFERENT
    assert compare_streams(observed, expected, SETTINGS).verdict is Verdict.DIFFERENT


def test_what_both_sides_have_alike_is_no_reason() -> None:
    judgement = compare_streams("\x1b[31mred\x1b[0m <A at 0x7f00aa11>\n", "\x1b[31mred\x1b[0m <A at 0x7f00bb22>\n", SETTINGS)
    assert "memory-addresses" in {because.slug for because in judgement.because}


def test_a_bar_that_ran_twice_stays_two_bars() -> None:
    bar = "100%|##########| 10/10 [00:02<00:00,  5.01it/s]"
    assert without_progress(f"{bar}\n{bar}").count("10/10") == 2


@pytest.mark.parametrize(("later", "verdict"), [("00:11", Verdict.EQUIVALENT), ("00:50", Verdict.DIFFERENT)])
def test_times_of_bars_are_held_against_the_ratio_that_is_asked_for(later: str, verdict: Verdict) -> None:
    assert compare_streams(TQDM, TQDM.replace("[00:10", f"[{later}"), replace(SETTINGS, time_ratio=2.0)).verdict is verdict


def test_tables_and_rules_are_no_bars() -> None:
    for text in ("| --- | --- |", "a | 50% | b |  |", "growth 5% |     | 3", "━━━━━━━━", "see [====] in 5s"):
        assert without_progress(text) == text


@pytest.mark.parametrize(
    "text",
    ["1" * 200_000 + "%", "1," * 100_000 + "%|", "5%|" + "#" * 200_000, "5%||" + "a/" * 100_000, "|#" * 100_000, "9/9 [=" + "=" * 200_000],
)
def test_long_lines_take_no_longer_than_their_length(text: str) -> None:
    assert without_progress(text) == text
    assert compare_streams(text, text + "2", SETTINGS).verdict is Verdict.DIFFERENT


def test_a_warning_with_its_source_keeps_what_follows() -> None:
    assert without_places(f"{WARNING}result 1\n") == "FutureWarning: use mean\nresult 1\n"


NESTED = """
import sys, time
from tqdm import tqdm
for i in tqdm(range(2), desc="outer", file=sys.stdout):
    for j in tqdm(range(3), desc="inner", file=sys.stdout, leave=False):
        time.sleep({pause})
"""


def test_nested_bars_of_tqdm_end_alike_however_fast_they_ran() -> None:
    pytest.importorskip("tqdm")
    first, second = (
        subprocess.run([sys.executable, "-c", NESTED.format(pause=pause)], capture_output=True, check=True).stdout.decode()
        for pause in (0.0, 0.15)
    )
    assert first != second
    assert compare_streams(first, second, SETTINGS).verdict is Verdict.EQUIVALENT
    assert compare_streams(first, second.replace("2/2", "1/2"), SETTINGS).verdict is Verdict.DIFFERENT


@given(st.text(alphabet="ab1%|█#/[] <:=>.\r\n\b\x1bKs", max_size=80), st.text(alphabet="ab1%|█#/[] <:=>.\r\n\b\x1bKs", max_size=80))
def test_comparison_is_symmetric(first: str, second: str) -> None:
    assert compare_streams(first, first, SETTINGS).verdict is Verdict.IDENTICAL
    assert compare_streams(first, second, SETTINGS).verdict is compare_streams(second, first, SETTINGS).verdict
