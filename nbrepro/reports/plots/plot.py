"""A finished plot, ready to be shown or saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbrepro.errors import RequestError
from nbrepro.notebooks.writing import write_atomically


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as SVG. Equal figures give equal bytes."""

    name: str
    """Letters, digits and hyphens: the stem of its file."""
    title: str
    description: str
    """All that it shows, in words: its alternative text."""
    fragment: str
    """SVG for an HTML page: in the colour of the page's text, with links."""
    document: str
    """SVG that stands alone: with a background and colours for light and dark, without links."""

    def save(self, path: Path | str) -> None:
        """Write it as an SVG file.

        Raises:
            RequestError: the file can't be written.
        """
        try:
            write_atomically(Path(path), self.document.encode())
        except (OSError, ValueError) as error:
            raise RequestError(f"{path}: could not be written: {getattr(error, 'strerror', None) or error}") from error

    def __repr__(self) -> str:
        return f"{self.title}. {self.description}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ANN401, ARG002 - IPython's protocol
        return {"text/plain": repr(self), "image/svg+xml": self.document}


def save_plots(plots: Iterable[Plot], folder: Path | str) -> tuple[Path, ...]:
    """Write each plot into a folder, which is made where it is absent; gives the files.

    Raises:
        RequestError: the folder or a file can't be written.
    """
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f"{place}: could not be made a folder for plots: {error.strerror}") from error
    written = []
    for plot in plots:
        written.append(place / f"{plot.name}.svg")
        plot.save(written[-1])
    return tuple(written)
