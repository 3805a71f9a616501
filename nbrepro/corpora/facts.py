"""What a notebook file tells without being run: the facts that the studies of this field recorded, and some more."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from nbrepro.corpora.code_features import code_features
from nbrepro.corpora.code_style import density, style_checker, style_findings
from nbrepro.environments.dates import notebook_date
from nbrepro.environments.discovery import discover
from nbrepro.environments.imports import ModuleUse, read_imports
from nbrepro.execution.launches import PYTHON
from nbrepro.model import SourceKind
from nbrepro.notebooks import Document

_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)
_UNTITLED = re.compile(r"untitled\d*|copy|-copy\d+", re.IGNORECASE)
NOTHING_DECLARED = "nothing"


@dataclass(frozen=True, slots=True)
class NotebookFacts:
    """Facts of one notebook; every field but the last ones is a column of the table `notebooks`."""

    nbformat: int
    nbformat_minor: int
    kernel: str | None
    language: str
    language_version: str | None
    total_cells: int
    code_cells: int
    markdown_cells: int
    raw_cells: int
    unknown_cells: int
    empty_cells: int
    """Code cells without any source."""
    cells_with_output: int
    executed_cells: int
    """Code cells with an execution count."""
    max_execution_count: int | None
    counts_repeated: bool
    counts_ascending: bool
    """Whether the counts that there are grow from cell to cell."""
    counts_consecutive: bool
    """Whether the counts of all code cells that aren't empty are 1, 2, … n."""
    has_saved_error: bool
    title: str | None
    """The first heading."""
    headings: int
    markdown_lines: int
    has_default_name: bool
    """Whether the file is called Untitled or a copy."""
    source_sha256: str
    """Hash of the sources of the code cells, without outputs and counts."""
    dated: str | None
    """When it was last worked on, in ISO 8601."""
    date_source: str | None
    declared: str
    """Which kind of file declares its environment; `nothing` where none does."""
    declarations: tuple[str, ...] = ()
    """Paths of all files that declare something."""
    declared_packages: tuple[str, ...] = ()
    """Normalized names of all packages that they declare."""
    style_checker: str | None = None
    """What has looked at the style of the code; None where nothing has."""
    style_density: str | None = None
    """How many findings there are for the size of the code, in words."""
    style: Mapping[str, int] = field(default_factory=dict)
    """How often each kind of finding occurs, by its code."""
    output_kinds: Mapping[str, int] = field(default_factory=dict)
    """How many saved outputs there are of each MIME type; streams and errors under their own names."""
    features: Mapping[str, int] = field(default_factory=dict)
    """How often the code uses each kind of syntax."""
    imports: Sequence[ModuleUse] = ()


def facts_of(document: Document, path: Path, project: Path) -> NotebookFacts:
    """The facts of a notebook that was read.

    Args:
        document: the notebook.
        path: its file.
        project: root of the project that it belongs to; nothing outside of it is read.
    """
    cells = document.cells
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    kinds = Counter(cell["cell_type"] for cell in cells)
    known = ("code", "markdown", "raw")
    filled = [cell for cell in code if cell["source"].strip()]
    counts = [cell["execution_count"] for cell in code if cell["execution_count"] is not None]
    markdown = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    headings = [match[2] for text in markdown for match in _HEADING.finditer(text)]
    outputs = output_kinds(code)
    date = notebook_date(path, document.content["metadata"], [cell["metadata"] for cell in cells])
    declarations = discover(path, project, document.content)
    sources = [cell["source"] for cell in code]
    style = style_findings(sources) if document.language.lower() in PYTHON else None
    return NotebookFacts(
        *document.original_format,
        kernel=document.kernel_name,
        language=document.language,
        language_version=document.language_version,
        total_cells=len(cells),
        code_cells=kinds["code"],
        markdown_cells=kinds["markdown"],
        raw_cells=kinds["raw"],
        unknown_cells=sum(count for kind, count in kinds.items() if kind not in known),
        empty_cells=len(code) - len(filled),
        cells_with_output=sum(bool(cell["outputs"]) for cell in code),
        executed_cells=len(counts),
        max_execution_count=max(counts, default=None),
        counts_repeated=len(set(counts)) < len(counts),
        counts_ascending=all(before < after for before, after in pairwise(counts)),
        counts_consecutive=[cell["execution_count"] for cell in filled] == list(range(1, len(filled) + 1)),
        has_saved_error="error" in outputs,
        title=headings[0][:300] if headings else None,
        headings=len(headings),
        markdown_lines=sum(len(text.splitlines()) for text in markdown),
        has_default_name=_UNTITLED.search(path.stem) is not None,
        source_sha256=hashlib.sha256("\0".join(sources).encode(errors="surrogatepass")).hexdigest(),
        dated=date.moment.isoformat() if date else None,
        date_source=date.source if date else None,
        declared=next(
            (found.kind.value for found in declarations if found.wishes and found.kind is not SourceKind.INSTALL_CELL), NOTHING_DECLARED
        ),
        declarations=tuple(found.path for found in declarations),
        declared_packages=tuple(sorted({wish.name for found in declarations for wish in found.wishes})),
        output_kinds=outputs,
        style_checker=None if style is None else style_checker(),
        style_density=None if style is None else density(style.total(), sum(len(source.splitlines()) for source in sources)),
        style=style or {},
        features=code_features(sources),
        imports=read_imports(path, project, document.content).modules,
    )


def output_kinds(code: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """How many outputs of code cells there are of each kind: `stdout`, `stderr`, `error`, or a MIME type."""
    found: Counter[str] = Counter()
    for cell in code:
        for output in cell["outputs"]:
            match output["output_type"]:
                case "stream":
                    found[output["name"]] += 1
                case "error":
                    found["error"] += 1
                case "execute_result" | "display_data":
                    found.update(output["data"].keys())
                case other:
                    found[str(other)] += 1
    return found


def year_of(dated: str | None) -> int | None:
    """The year of a moment in ISO 8601."""
    return datetime.fromisoformat(dated).year if dated else None
