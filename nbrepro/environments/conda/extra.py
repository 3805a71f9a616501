"""The optional packages behind conda environments."""

from __future__ import annotations

from importlib.util import find_spec

from nbrepro.errors import MissingExtraError


def require_extra() -> None:
    """Makes sure that py-rattler and conda-lock are there.

    Raises:
        MissingExtraError: one of them is not installed.
    """
    if find_spec("rattler") is None or find_spec("conda_lock") is None:
        raise MissingExtraError("conda environments", "conda")
