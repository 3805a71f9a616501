"""Which nbformat a notebook is written in."""

from __future__ import annotations

from typing import Any

from nbrepro.notebooks.place import Place, described

CURRENT_MAJOR = 4
_MINOR_WITH_IDS = 5
_LONGEST_NUMBER = 4


def stated_version(content: dict[str, Any], place: Place) -> tuple[int, int]:
    """Major and minor version, which `content` then states as numbers.

    A version that is missing or contradicts the form of the notebook is read off the form: `worksheets` are nbformat 3,
    cells at the top are nbformat 4 (or the rare 1).

    Raises:
        UnreadableNotebookError: It is a version that does not exist yet, or nothing tells which it is.
    """
    form = _form(content)
    major = _stated_major(content, place, form)
    if form is not None and _contradicts(form, major):
        place.mended(f"nbformat was {major}, but the notebook has the form of nbformat {form}, read as such")
        major = form
    minor = _stated_minor(content, major, place)
    content |= {"nbformat": major, "nbformat_minor": minor}
    return major, minor


def _contradicts(form: int, major: int) -> bool:
    """Whether a notebook of this form cannot be of this version: nbformat 1 has its cells where nbformat 4 has them."""
    return major in {2, 3} if form == CURRENT_MAJOR else major in {1, CURRENT_MAJOR}


def _form(content: dict[str, Any]) -> int | None:
    if "cells" in content:
        return CURRENT_MAJOR
    return 3 if "worksheets" in content else None


def _stated_major(content: dict[str, Any], place: Place, form: int | None) -> int:
    value = content.get("nbformat")
    major = _as_number(value)
    if major is None:
        found = described(value) if "nbformat" in content else "no nbformat"
        if form is None:
            raise place.unreadable("a notebook (an object with nbformat and cells)", f"an object with {found} and no cells")
        place.mended(f"nbformat was {described(value) if 'nbformat' in content else 'missing'}, read as {form}")
        return form
    if type(value) is not int:
        place.mended(f"nbformat was {described(value)}, read as {major}")
    if not 1 <= major <= CURRENT_MAJOR:
        raise place.at("nbformat").unreadable(
            f"a version from 1 to {CURRENT_MAJOR}", f"{major}, which this version of nbrepro does not know"
        )
    return major


def _stated_minor(content: dict[str, Any], major: int, place: Place) -> int:
    value = content.get("nbformat_minor")
    minor = _as_number(value)
    if type(value) is int and value >= 0:
        return value
    if minor is None:
        minor = _minor_by_form(content) if major == CURRENT_MAJOR else 0
    if major == CURRENT_MAJOR or "nbformat_minor" in content:
        place.mended(f"nbformat_minor was {described(value) if 'nbformat_minor' in content else 'missing'}, read as {minor}")
    return minor


def _minor_by_form(content: dict[str, Any]) -> int:
    cells = content.get("cells")
    has_ids = isinstance(cells, list) and any(isinstance(cell, dict) and "id" in cell for cell in cells)
    return _MINOR_WITH_IDS if has_ids else _MINOR_WITH_IDS - 1


def _as_number(value: Any) -> int | None:  # noqa: ANN401 - any JSON value
    """A version as a number; None if it is none."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
        return int(value)
    return None
