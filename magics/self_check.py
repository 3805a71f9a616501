"""What `%nbrepro check` gives while the very notebook it is typed in is being checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbrepro.model import SELF_CHECK_MIME_TYPE

TEXT = "This notebook is being checked right now: it isn't checked again from within."


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """Stands in place of the report; marked as one, so that the outer check does not compare it with the saved report."""

    def __repr__(self) -> str:
        return TEXT

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ANN401, ARG002 - IPython's protocol
        return {"text/plain": TEXT, SELF_CHECK_MIME_TYPE: {}}
