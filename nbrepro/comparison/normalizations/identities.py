"""Memory addresses, object ids and random ids: they may differ, but the same id must stand for the same thing."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization, Numbering, each

_ADDRESS = re.compile(r"(?<=[ @])0x[0-9a-fA-F]{6,16}\b")
_ADDRESS_BEFORE = ("at ", "@", "environment: ", "bytecode: ", "pointer: ")


def _number_addresses(text: str) -> str:
    numbering = Numbering("address")

    def replace(match: re.Match[str]) -> str:
        before = text[max(0, match.start() - 15) : match.start()]
        return numbering(match[0].lower()) if before.endswith(_ADDRESS_BEFORE) else match[0]

    return _ADDRESS.sub(replace, text)


NORMALIZATIONS = (
    Normalization(
        "memory-addresses",
        "Memory addresses in reprs (`<A object at 0x7f…>`) may differ, as long as equal addresses stay equal and different ones different.",
        each(_number_addresses),
        ("0x",),
    ),
)
