"""Versions as conda's match specifications write them, in the words of PEP 440."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

_BRACKET = re.compile(r"\[.*?version\s*=\s*(?P<quote>['\"]?)(?P<version>[^'\"\]]*)(?P=quote).*\]")
_FULL = 3
"""Numbers of a version that names one release."""


def versions_of(match: str) -> str | None:
    """The versions that a match specification allows behind the name, as PEP 440; None where PEP 440 can't say it.

    `=1.2` is any 1.2, `=1.2.3` that release, as environment files mean it. Builds are left out.

    >>> versions_of("=1.2"), versions_of("==1.2"), versions_of("=1.19.2=py38_0"), versions_of(" 1.2.*"), versions_of("")
    ('==1.2.*', '==1.2', '==1.19.2', '==1.2.*', '')
    >>> versions_of(">=1.0, <2"), versions_of("1.8|1.9")
    ('<2,>=1.0', None)
    """
    bracket = _BRACKET.search(match)
    text = bracket["version"] if bracket else match.partition("[")[0]
    text = re.sub(r"\s*,\s*", ",", re.sub(r"([=<>!~])\s+", r"\1", text.strip()))
    wanted = text.split()[0] if text else ""
    if "|" in wanted:
        return None
    try:
        return str(SpecifierSet(",".join(filter(None, (_one(part) for part in wanted.split(","))))))
    except InvalidSpecifier:
        return None


def _one(part: str) -> str:
    """One bound; a build behind it is dropped."""
    bound = re.match(r"[<>]=?|[!~]=", part)
    if bound:
        operator, version = bound.group(), part[bound.end() :]
        return f"{operator}{version if operator == '!=' else version.removesuffix('*').removesuffix('.')}"
    equals = len(part) - len(part.lstrip("="))
    version, has_build, _ = part.lstrip("=").partition("=")
    if version in {"", "*"}:
        return ""
    if version.endswith("*"):
        return f"=={version.removesuffix('*').removesuffix('.')}.*"
    if equals == 1 and not has_build and version.count(".") + 1 < _FULL:
        return f"=={version}.*" if re.fullmatch(r"[\d.]+", version) else f"=={version}"
    return f"=={version}"
