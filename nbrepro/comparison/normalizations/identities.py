"""Memory addresses, object ids and random ids: they may differ, but the same id must stand for the same thing."""

from __future__ import annotations

import re
from collections.abc import Callable

from nbrepro.comparison.normalizations.registry import Normalization, Numbering, each

_ADDRESS = re.compile(r"(?:(?<= at )|(?<=@)|(?<=environment: )|(?<=bytecode: )|(?<=pointer: ))0x[0-9a-fA-F]{6,16}\b")

_LOWEST_ID, _HIGHEST_ID = 1 << 32, 1 << 47
_LOWEST_LINUX_ID = 0x7E << 40
_ALIGNMENT = 8
"""CPython allocates its objects at multiples of 8 or 16 bytes."""
_NAMED_ID = re.compile(r"(?<![a-zA-Z0-9])(?:id|Id|ID)(?:\([^()\n]{1,40}\)| of [\w. ]{1,30})\s{0,3}(?:[:=]|is|->)?\s{0,3}(\d{10,15})(?!\d)")
_BARE_ID = re.compile(r"1(?<![\w.,+-]1)[34]\d{13}(?!\w|[.,]\d)")

_UUID = re.compile(r"(?<![0-9a-zA-Z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9a-zA-Z])")

_RANDOM = r"[0-9a-f]{16,64}|el\d{8,24}|T_[0-9a-f]{5,32}"
_ELEMENT_ID = re.compile(
    rf"((?:\b(?:id|for|data-[a-z-]+|aria-controls)\s?=\s?\\?[\"']?|href=\\?[\"']|getElementById\([\"'])#?(?:[A-Za-z_]+[-_])*?)({_RANDOM})(?![0-9a-zA-Z])"
)


def _numbered(pattern: re.Pattern[str], name: str) -> Callable[[str], str]:
    def rewrite(text: str) -> str:
        numbering = Numbering(name)
        return pattern.sub(lambda match: numbering(match[0].lower()), text)

    return rewrite


def _number_object_ids(text: str) -> str:
    numbering = Numbering("id")

    def replace(match: re.Match[str]) -> str:
        digits = match[match.lastindex or 0]
        lowest = _LOWEST_ID if match.lastindex else _LOWEST_LINUX_ID
        is_id = lowest <= int(digits) < _HIGHEST_ID and int(digits) % _ALIGNMENT == 0
        return match[0][: -len(digits)] + numbering(digits) if is_id else match[0]

    if "(" in text or " of " in text:
        text = _NAMED_ID.sub(replace, text)
    return _BARE_ID.sub(replace, text)


def _number_element_ids(text: str) -> str:
    numbering = Numbering("element")
    return _ELEMENT_ID.sub(lambda match: match[1] + numbering(match[2]), text)


NORMALIZATIONS = (
    Normalization(
        "memory-addresses",
        "Memory addresses in reprs (`<A object at 0x7f…>`) may differ, as long as equal ones stay equal and different ones different.",
        each(_numbered(_ADDRESS, "address")),
        ("0x",),
    ),
    Normalization(
        "object-ids",
        "Integers that are the `id(…)` of an object may differ: after `id(x)` or `id of x`, or alone if in the range of Linux addresses.",
        each(_number_object_ids),
        ("id(", "id of ", "Id of ", "ID of ", "13", "14"),
    ),
    Normalization(
        "uuids",
        "UUIDs may differ, as long as equal ones stay equal and different ones different.",
        each(_numbered(_UUID, "uuid")),
        ("-",),
    ),
    Normalization(
        "element-ids",
        "Random ids of HTML elements (in attributes such as `id=` and `for=`) may differ, as long as equal ones stay equal.",
        each(_number_element_ids),
        ("id", "for", "href", "data-", "aria-", "getElementById"),
    ),
)
