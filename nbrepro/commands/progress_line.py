"""The line of a terminal on which progress is shown."""

from __future__ import annotations

import sys


def write_over(text: str) -> None:
    """Put a text in the place of what stands on the line; an empty one leaves nothing there."""
    print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
