"""Comparison of scripts: the data of known charting libraries as structures, other code as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.identifiers import Identifiers, numbered, split
from nbrepro.comparison.rules import ELEMENT_IDS, LIBRARY_CODE
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.structure_walk import Walk
from nbrepro.comparison.text import compare_text
from nbrepro.model import Judgement, Verdict

_IDENTICAL = Judgement(Verdict.IDENTICAL)
_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s,]*")
_QUOTED = re.compile(r"'((?:[^'\\\n]|\\.)*+)'")
_ESCAPED = re.compile(r"\\(['\\])")
_PLOTLY = re.compile(r"""Plotly\.(?:newPlot|react|plot|(addFrames))\(\s*(?:"[^"]*"|'[^']*'|[\w.$]+)\s*,\s*""")
_BOKEH = re.compile(r"\bdocs_json\s*=\s*")
_VEGA = re.compile(r"(?:\)\s*\(|\bspec\s*=)\s*(?=\{)")
_MOST_PLACES = 200
"""Places of one script where data are looked for: an unsuccessful look takes time in proportion to its distance from the start."""
_LIBRARY = re.compile(
    r"plotly\.js v\d|PlotlyConfig|PlotlyEnv|define\('plotly'|require\.undef\(.plotly|MathJax\.(?:Hub|config)|BokehJS|Bokeh\.set_log_level"
    r"|_bokeh_is_loading|_bokeh_onload_callbacks|vegaEmbed\s*=|requirejs\.config"
)
"""What only the code of a library has in it: loaders and whole libraries, which change with its version."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The data of one chart that a script draws."""

    library: str
    value: Any


def compare_scripts(expected: str, observed: str, settings: Settings) -> Judgement:
    """Verdict of two scripts.

    >>> drawing = 'Plotly.newPlot("id", [{"y": [1, 2]}], {})'
    >>> compare_scripts(drawing, drawing.replace("2", "3"), Settings()).because[0].message
    'plotly chart: data[0].y[1]: expected 2, observed 3'
    """
    if expected == observed:
        return _IDENTICAL
    findings = Findings(settings)
    compare_code(findings, Identifiers(), "", expected, observed)
    return findings.judgement()


def compare_code(findings: Findings, identifiers: Identifiers, place: str, expected: str, observed: str) -> None:
    """Compares two scripts and records what was found; `place` (such as `script 2, `) begins every message."""
    if expected == observed or identifiers.match_all(findings, expected, observed):
        return
    (charts, code), (other_charts, other_code) = _separate(expected), _separate(observed)
    libraries, other_libraries = ([chart.library for chart in found] for found in (charts, other_charts))
    if libraries != other_libraries:
        message = f"expected {', '.join(libraries) or 'none'}, observed {', '.join(other_libraries) or 'none'}"
        findings.differ("charts-changed", f"{place}charts: {message}")
        return
    for chart, other in zip(charts, other_charts, strict=True):
        part = Findings(findings.settings)
        Walk(part, identifiers).compare(chart.value, other.value)
        findings.merge(part, f"{place}{chart.library} chart")
    if code != other_code and not identifiers.match_all(findings, code, other_code):
        _compare_rest(findings, place, code, other_code, are_charts=bool(charts))


def compare_all_code(findings: Findings, identifiers: Identifiers, expected: list[str], observed: list[str]) -> None:
    """Compares the scripts of two pages in pairs; the code of libraries may be spread over more or fewer scripts."""
    if len(expected) != len(observed):
        first, second = ([script for script in scripts if not _is_library(script)] for scripts in (expected, observed))
        if len(first) == len(second) and findings.apply(LIBRARY_CODE, "code of a library"):
            expected, observed = first, second
        else:
            findings.differ("scripts-changed", f"scripts: expected {len(expected)}, observed {len(observed)}")
    for number, pair in enumerate(zip(expected, observed, strict=False), start=1):
        compare_code(findings, identifiers, f"script {number}, " if len(expected) > 1 else "", *pair)


def _is_library(script: str) -> bool:
    return _LIBRARY.search(script) is not None and not _separate(script)[0]


def _compare_rest(findings: Findings, place: str, expected: str, observed: str, *, are_charts: bool) -> None:
    is_library = are_charts or (_LIBRARY.search(expected) and _LIBRARY.search(observed))
    what = "code around the data of a chart" if are_charts else "code of a library"
    if is_library and findings.apply(LIBRARY_CODE, f"{place}{what}"):
        return
    if findings.settings.allows(ELEMENT_IDS):
        if split(expected)[1::2] != split(observed)[1::2]:
            findings.apply(ELEMENT_IDS, f"{place}generated identifiers in a script")
        expected, observed = numbered(expected), numbered(observed)
    findings.absorb(compare_text(expected, observed, findings.settings), f"{place}script")


def _separate(script: str) -> tuple[list[Chart], str]:
    """The charts that a script draws, and the code without their data."""
    found = sorted(_found(script), key=lambda item: item[1])
    code, end = [], 0
    charts = []
    for chart, start, stop in found:
        if start < end:
            continue
        charts.append(chart)
        code.append(script[end:start])
        end = stop
    return charts, "".join([*code, script[end:]])


def _found(script: str) -> Iterator[tuple[Chart, int, int]]:
    """Charts with the places where their data begin and end; only the first places are tried in a script that has very many."""
    for call in islice(_PLOTLY.finditer(script) if "Plotly." in script else (), _MOST_PLACES):
        data, stop = _value(script, call.end())
        layout, stop = _value(script, stop) if stop is not None and not call[1] else (None, stop)
        if stop is not None:
            yield Chart("plotly", {"frames": data} if call[1] else {"data": data, "layout": layout}), call.end(), stop
    for assignment in islice(_BOKEH.finditer(script), _MOST_PLACES):
        document, stop = _value(script, assignment.end())
        if stop is not None:
            yield Chart("Bokeh", document), assignment.end(), stop
    for call in islice(_VEGA.finditer(script) if "vegaEmbed" in script else (), _MOST_PLACES):
        spec, stop = _value(script, call.end())
        if stop is not None and isinstance(spec, dict) and "$schema" in spec:
            yield Chart("Vega", spec), call.end(), stop


def _value(script: str, start: int) -> tuple[Any, int | None]:
    """The JSON value at a place of a script, with the place where it ends; None for the end if there is none."""
    between = _BETWEEN.match(script, start)
    begin = between.end() if between else start
    try:
        quoted = _QUOTED.match(script, begin)
        if quoted:
            return json.loads(_ESCAPED.sub(r"\1", quoted[1])), quoted.end()
        return _DECODER.raw_decode(script, begin)
    except (ValueError, RecursionError):
        return None, None
