"""One payload as something that a page can show and that can't act: escaped text, an inert picture, or a sandboxed frame.

A picture stands in `<img>`, which runs no script and loads nothing, even of SVG. HTML stands in an `<iframe sandbox>` with
a content security policy of its own: no scripts, no forms, no network. Everything else is escaped text.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Final

from nbrepro.reports.characters import visible, without_ansi
from nbrepro.reports.folding import cut

PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
SVG: Final = "image/svg+xml"
HTML: Final = "text/html"
MAX_PICTURE_CHARACTERS = 4_000_000
MAX_HTML_CHARACTERS = 200_000
MAX_TEXT_CHARACTERS = 20_000
FRAME_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_FRAME_HEAD: Final = (
    f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{FRAME_POLICY}">'
    '<meta name="color-scheme" content="light"><style>body{margin:8px;font:13px/1.4 system-ui,sans-serif;color:#1b1f24;background:#fff}'
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:3px 8px;text-align:right;border:0}"
    "thead{border-bottom:1px solid #8c959f}tbody tr:nth-child(even){background:#f6f8fa}</style>"
)
_DOCUMENT_TAGS = re.compile(r"<(?=/?(?:meta|link|base|script|iframe|frame|object|embed|portal|fencedframe)\b)", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_ROWS = re.compile(r"<tr\b|<br\b|<p\b|<li\b|<h\d\b|<div\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Payload:
    """What is shown of one representation."""

    form: str
    """`text`, `picture` or `frame`."""
    content: str
    """Text to be escaped, an address that begins with `data:`, or a document for `srcdoc` (to be escaped as well)."""
    note: str = ""
    """What is not shown, and why."""
    height: int = 0
    """Of a frame, in pixels: an estimate, as nothing inside may measure itself."""


def payload_of(mime_type: str, data: Any, limit: int = MAX_TEXT_CHARACTERS) -> Payload:  # noqa: ANN401 - text or JSON
    """How a representation is shown; `limit` is the number of characters of text."""
    if mime_type in PICTURES and isinstance(data, str):
        return _picture(mime_type, "".join(data.split()))
    if mime_type == SVG and isinstance(data, str):
        return _picture(SVG, base64.b64encode(data.encode("utf-8", "replace")).decode("ascii"))
    if mime_type == HTML and isinstance(data, str):
        return _frame(data, limit)
    return text_payload(_as_text(data), limit)


def text_payload(text: str, limit: int = MAX_TEXT_CHARACTERS) -> Payload:
    """Text, cut if it is long."""
    shown, note = cut(text, limit)
    return Payload("text", visible(without_ansi(shown)), note)


def _picture(mime_type: str, encoded: str) -> Payload:
    if len(encoded) > MAX_PICTURE_CHARACTERS:
        return Payload("text", "", f"a picture of {len(encoded) * 3 // 4:,} bytes is not shown: it is too large for this report")
    if not _BASE64.fullmatch(encoded):
        return Payload("text", "", "this is called a picture, but can't be decoded")
    return Payload("picture", f"data:{mime_type};base64,{encoded}")


def _frame(html: str, limit: int) -> Payload:
    if len(html) > MAX_HTML_CHARACTERS:
        shown, note = cut(html, limit)
        return Payload("text", visible(shown), f"this HTML is shown as its source, as it is long; {note}")
    inert = _DOCUMENT_TAGS.sub("&lt;", visible(html))
    return Payload("frame", _FRAME_HEAD + inert, height=min(420, max(64, 40 + 27 * len(_ROWS.findall(html)))))


def _as_text(data: Any) -> str:  # noqa: ANN401 - text or JSON
    return data if isinstance(data, str) else json.dumps(data, indent=1, sort_keys=True, default=str, ensure_ascii=False)
