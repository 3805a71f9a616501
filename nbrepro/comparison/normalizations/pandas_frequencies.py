"""Names of frequencies, which pandas 2.2 has changed."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization, each

_RENAMED = {
    "ME": "M",
    "SME": "SM",
    "BME": "BM",
    "CBME": "CBM",
    "QE": "Q",
    "BQE": "BQ",
    "A": "Y",
    "YE": "Y",
    "BA": "BY",
    "BYE": "BY",
    "AS": "YS",
    "BAS": "BYS",
    "h": "H",
    "bh": "BH",
    "cbh": "CBH",
    "min": "T",
    "s": "S",
    "ms": "L",
    "us": "U",
    "ns": "N",
}
"""The one spelling of a frequency by another one: https://pandas.pydata.org/docs/whatsnew/v2.2.0.html (deprecations)

`M` is the end of a month for dates and a month for periods; newer versions write `ME` for the first. The dates tell which it is.
"""
_FREQUENCY = re.compile(
    r"((?:^Freq: |\bfreq='|\bperiod\[|\bPeriod\('[^'\n]{1,40}', ')-?\d{0,6})([A-Za-z]{1,4})(?=-[A-Z]{3}\b|[,'\]\n]|$)", re.MULTILINE
)


def _unify(text: str) -> str:
    return _FREQUENCY.sub(lambda match: match[1] + _RENAMED.get(match[2], match[2]), text)


NORMALIZATIONS = (
    Normalization(
        "pandas-frequencies",
        "pandas 2.2 renamed frequencies: `Freq: M` and `Freq: ME`, `freq='H'` and `freq='h'`, `period[A-DEC]` and `period[Y-DEC]`.",
        each(_unify),
        ("Freq: ", "freq='", "period[", "Period('"),
    ),
)
