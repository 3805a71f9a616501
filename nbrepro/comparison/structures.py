"""Comparison of JSON-like payloads: part by part; the order of keys does not count."""

from __future__ import annotations

import json
from typing import Any

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.rules import JSON_LAYOUT
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.structure_walk import Walk
from nbrepro.model import Judgement, Verdict

_IDENTICAL = Judgement(Verdict.IDENTICAL)


def compare_structures(expected: Any, observed: Any, settings: Settings) -> Judgement:  # noqa: ANN401 - JSON
    """Verdict of two JSON values, or of two texts that hold one each; texts that don't are compared as scripts.

    >>> compare_structures({"y": [1, 2]}, {"y": [1, 3]}, Settings()).because[0].message
    'y[1]: expected 2, observed 3'
    """
    if _is_same_text(expected, observed):
        return _IDENTICAL
    first, second = _parsed(expected), _parsed(observed)
    if isinstance(expected, str) and isinstance(observed, str) and (first is None or second is None):
        from nbrepro.comparison.scripts import compare_scripts

        return compare_scripts(expected, observed, settings)
    findings = Findings(settings)
    Walk(findings).compare(expected if first is None else first[0], observed if second is None else second[0])
    is_text = isinstance(expected, str) or isinstance(observed, str)
    message = "JSON is laid out in another way"
    if findings.is_empty and is_text and not findings.apply(JSON_LAYOUT, message):
        findings.differ("layout-changed", message)
    return findings.judgement()


def _is_same_text(expected: Any, observed: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(expected, str) or isinstance(observed, str):
        return type(expected) is type(observed) and bool(expected == observed)
    try:
        return json.dumps(expected) == json.dumps(observed)
    except (TypeError, ValueError, RecursionError):
        return expected is observed


def _parsed(payload: Any) -> tuple[Any] | None:  # noqa: ANN401 - JSON
    if not isinstance(payload, str):
        return None
    try:
        return (json.loads(payload, object_pairs_hook=_with_unique_keys),)
    except (ValueError, RecursionError):
        return None


def _with_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # A parser would drop all but one of the values, and with them what may differ.
        raise ValueError
    return found
