"""Conda's match specifications: the name in one, and a Python among them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.addresses import without_credentials
from nbrepro.environments.discovery.findings import Channel, Finding, problem
from nbrepro.environments.discovery.pythons_wished import from_conda, python_wish
from nbrepro.model import Ecosystem, Source, Wish

_SPEC = re.compile(r"(?:(?P<channel>\S+?)::)?(?P<name>[A-Za-z0-9_][\w.\-]*)\s*(?P<rest>(?:[=<>!~\[\s*\d].*)?)")


def read_spec(text: str, source: Source, hashes: tuple[str, ...] = ()) -> Iterator[Finding]:
    """The wish in one match specification; for `python` the wish for a Python.

    The text stays as it is: only conda's own solver knows all that it may mean.
    """
    cleaned = without_credentials(text.strip())
    spec = _SPEC.fullmatch(cleaned)
    if spec is None:
        yield problem(source, "is no conda package", text)
        return
    if spec["channel"]:
        yield Channel(spec["channel"].rpartition("/")[0] if spec["channel"].endswith(("/noarch", "-64", "-32")) else spec["channel"])
    if spec["name"].lower() == "python":
        yield from python_wish(from_conda(spec["rest"]), source)
        return
    yield Wish(canonicalize_name(spec["name"]), cleaned, source, Ecosystem.CONDA, hashes=hashes)
