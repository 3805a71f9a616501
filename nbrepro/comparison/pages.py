"""Reads HTML into what its reader sees (text, tables, pictures, charts) and what only a browser does (elements, styles)."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from nbrepro.comparison.normalizations.registry import has_any
from nbrepro.comparison.styles import visible_style
from nbrepro.comparison.table_reading import LooseTextError, Table, read_table

if TYPE_CHECKING:
    from lxml.etree import _Attrib, _Element

MOST_CHARACTERS = 64_000_000
"""Length of the longest HTML that is parsed."""

_TABLE_PARTS = frozenset({"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th"})
_SCAFFOLDING = _TABLE_PARTS | {"html", "head", "body", "div", "span", "section", "article", "main", "p", "br", "wbr"}
"""Elements that only arrange their content: what they hold is compared, not whether they are there."""
_BLOCKS = _TABLE_PARTS | {
    *("address", "article", "aside", "body", "div", "footer", "head", "header", "html", "main", "nav", "section", "title"),
    *(
        "blockquote",
        "br",
        "center",
        "details",
        "dialog",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "p",
        "pre",
        "summary",
    ),
    *("dd", "dl", "dt", "fieldset", "form", "legend", "li", "ol", "option", "textarea", "ul"),
}
_VERBATIM = frozenset({"pre", "textarea"})
_INSIDE_CELLS = (
    *("a", "audio", "button", "canvas", "code", "details", "embed", "iframe", "img", "input", "li", "link", "math", "meter", "object"),
    *("option", "pre", "progress", "script", "select", "source", "style", "svg", "video"),
)
"""Elements in the cells of a table that are more than their text."""
_STYLING = frozenset({"class", "align", "valign", "halign", "border", "bgcolor", "cellpadding", "cellspacing", "frame", "rules", "scope"})
_MOST_ATTRIBUTES = 1000
"""Reading the attributes of one element takes quadratic time."""
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w-]+=[^;,]*)*)(;base64)?,", re.IGNORECASE)


class UnparsedHtmlError(ValueError):
    """HTML that is too large, nested too deeply or has too many attributes to be read as a tree."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element that is more than scaffolding, with those attributes that are more than styling."""

    tag: str
    attributes: Mapping[str, str]


@dataclass(slots=True)
class Page:
    """What a piece of HTML holds, each kind in the order of the document."""

    lines: list[str] = field(default_factory=list)
    """Text outside of tables, line by line, with marks where something else stands."""
    tables: list[Table] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    """MIME type and base64 of embedded pictures."""
    drawings: list[str] = field(default_factory=list)
    """SVG."""
    frames: list[str] = field(default_factory=list)
    """HTML of embedded documents."""
    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    """Addresses of scripts and style sheets."""
    elements: list[Element] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    """Names of all elements but those of tables."""
    is_broken: bool = False
    """Whether the parser had to mend the markup."""


def read_page(html: str) -> Page:
    """The page of a piece of HTML, however broken.

    Raises:
        UnparsedHtmlError: It is too long, or nested deeper than 2048 elements, or an element has too many attributes.
        TableTooLargeError: The cells of a table span too many columns and rows.
    """
    if len(html) > MOST_CHARACTERS:
        raise UnparsedHtmlError
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(html.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="backslashreplace"), parser)
    if any(error.type_name == "ERR_RESOURCE_LIMIT" or "depth" in error.message for error in parser.error_log):
        raise UnparsedHtmlError
    reader = _Reader(Page(is_broken=len(parser.error_log) > 0), has_spans=has_any(html.lower(), ("colspan", "rowspan")))
    # Whatever follows `</html>` becomes a second root.
    for part in () if root is None else (root, *root.itersiblings()):
        reader.read(part)
    return reader.page


class _Reader:
    """Walks through a tree and fills a page."""

    def __init__(self, page: Page, *, has_spans: bool) -> None:
        self.page = page
        self._has_spans = has_spans
        self._buffer: list[str] = []
        self._verbatim = 0
        self._table: _Element | None = None

    def read(self, root: _Element) -> None:
        from lxml import etree

        outer = {table for table in root.iter("table") if next(table.iterdescendants("table"), None) is not None}
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self._end(element)
            elif self._start(element, is_outer=element in outer):
                walk.skip_subtree()
        self._flush()

    def _start(self, element: _Element, *, is_outer: bool) -> bool:
        """Reads the beginning of an element; whether all of its content has been read with it."""
        tag = element.tag
        if self._table is None:
            self.page.tags.append(tag)
            if tag in _BLOCKS:
                self._flush()
        if tag in _VERBATIM:
            self._verbatim += 1
        self._note(element, tag)
        if tag in {"script", "style", "svg", "iframe"}:
            return True
        if tag == "table" and not is_outer:
            try:
                return self._read_table(element)
            except LooseTextError:
                pass  # What is no proper table is read as text, in which nothing is lost.
        self._add(element.text)
        return False

    def _end(self, element: _Element) -> None:
        tag = element.tag
        if element is self._table:
            self._table = None
        if tag in _BLOCKS and self._table is None:
            self._flush()
        if tag in _VERBATIM:
            self._verbatim -= 1
        self._add(element.tail)

    def _read_table(self, table: _Element) -> bool:
        self.page.tables.append(read_table(table, has_spans=self._has_spans))
        self._mark(f"table {len(self.page.tables)}")
        if next(table.iter(*_INSIDE_CELLS), None) is None:
            return True
        self._table = table
        return False

    def _note(self, element: _Element, tag: str) -> None:
        """Sorts an element, whatever stands in it, into its kind."""
        if tag == "script" and element.get("src") is None and "json" not in (element.get("type") or ""):
            self.page.scripts.append(element.text or "")
        elif tag == "style":
            self.page.styles.append(element.text or "")
        elif tag == "svg":
            self.page.drawings.append(_svg(element))
            self._mark(f"drawing {len(self.page.drawings)}")
        elif tag in {"script", "link", "base"}:
            self.page.libraries.append(element.get("src") or element.get("href") or element.text or "")
        elif tag != "meta":
            self._note_attributes(element, tag)

    def _note_attributes(self, element: _Element, tag: str) -> None:
        if len(element.attrib) > _MOST_ATTRIBUTES:
            raise UnparsedHtmlError
        attributes: dict[str, str] = {}
        for name, value in _texts(element.attrib):
            if name == "id":
                self.page.ids.append(value)
            elif name == "style":
                visible = "" if self._table is not None else visible_style(value)
                attributes.update({"style": visible} if visible else {})
            elif name not in _STYLING:
                attributes[name] = self._embedded(tag, name, value)
        if tag == "table" or (tag in _TABLE_PARTS and self._table is not None):
            return
        if attributes or tag not in _SCAFFOLDING:
            self.page.elements.append(Element(tag, attributes))

    def _embedded(self, tag: str, name: str, value: str) -> str:
        """An attribute's value; a mark in its place where it embeds a picture or a document."""
        if name == "srcdoc":
            self.page.frames.append(value)
            return self._mark(f"frame {len(self.page.frames)}")
        found = _DATA_URL.match(value) if name in {"src", "data", "data-html"} and value[:5].lower() == "data:" else None
        if found is None:
            return value
        mime, content = (found[1] or "text/plain").lower(), value[found.end() :]
        if mime.startswith("image/") and found[3]:
            self.page.pictures.append((mime, unquote(content)))
            return self._mark(f"picture {len(self.page.pictures)}")
        if mime == "text/html" and tag in {"iframe", "embed", "object"}:
            self.page.frames.append(_decoded(content) if found[3] else unquote(content))
            return self._mark(f"frame {len(self.page.frames)}")
        return value

    def _mark(self, name: str) -> str:
        mark = f"⟨{name}⟩"
        if self._table is None:
            self._flush()
            self.page.lines.append(mark)
        return mark

    def _add(self, text: str | None) -> None:
        if text and self._table is None:
            self._buffer.append(text)

    def _flush(self) -> None:
        if not self._buffer:
            return
        text = "".join(self._buffer)
        self._buffer.clear()
        if self._verbatim:
            self.page.lines += text.removesuffix("\n").split("\n")
        elif line := " ".join(text.split()):
            self.page.lines.append(line)


def _svg(element: _Element) -> str:
    from lxml import etree

    text = etree.tostring(element, encoding="unicode", with_tail=False)
    # The HTML parser knows no namespaces: the names that it drops are put back for a parser of XML.
    if "xlink:" in text and "xmlns:xlink" not in text:
        text = text.replace("<svg", '<svg xmlns:xlink="http://www.w3.org/1999/xlink"', 1)
    return text if "xmlns=" in text[: text.find(">")] else text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)


def _decoded(content: str) -> str:
    try:
        return b64decode(unquote(content)).decode(errors="replace")
    except ValueError:
        return content


def _texts(attributes: _Attrib) -> list[tuple[str, str]]:
    # Only Python 2 knew attributes of bytes, but the types of lxml still do.
    return [(str(name), str(value)) for name, value in attributes.items()]
