"""Reads prompt files, and fills their placeholders.

A file is Markdown whose sections begin with a line `<!-- system -->`, `<!-- user -->` or `<!-- assistant -->`; each becomes one message,
so that pairs of user and assistant before the last section are worked examples. `{{name}}` is a placeholder.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from nbrepro.errors import RequestError
from nbrepro.simulation.models.protocol import Message, Role

_SECTION = re.compile(r"^<!-- *(\w+) *-->[ \t]*$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{ *(\w+) *\}\}")
_FILE = re.compile(r"(?P<name>[\w-]+)\.v(?P<version>\d+)\.md")
DIGITS = 8
"""Of the digest that stands for the version of somebody's own file."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a model is told: messages with placeholders, and under which name and version."""

    name: str
    version: str
    messages: tuple[Message, ...]

    @property
    def label(self) -> str:
        """`name@version`, as it stands beside every answer."""
        return f"{self.name}@{self.version}"

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that are filled in."""
        return frozenset(name for message in self.messages for name in _PLACEHOLDER.findall(message.text))

    def check(self, wanted: Collection[str], allowed: Collection[str] = ()) -> None:
        """Refuse a wording that lacks what a question is made of, or names what nobody fills in.

        Raises:
            RequestError: a placeholder is absent, or there is one too many.
        """
        lacking = sorted(set(wanted) - self.placeholders)
        if lacking:
            raise RequestError(f"the prompt {self.label} lacks {_listed(lacking)}; without it the model is not told what is asked")
        unknown = sorted(self.placeholders - set(wanted) - set(allowed))
        if unknown:
            known = _listed(sorted({*wanted, *allowed}))
            raise RequestError(f"the prompt {self.label} names {_listed(unknown)}; here there is only {known}")

    def filled(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages with the values in their places; what stands in a value is never a placeholder.

        Raises:
            RequestError: a placeholder has no value.

        >>> Wording("own", "1", (Message(Role.USER, "What is {{call}}?"),)).filled({"call": "f('{{call}}')"})[0].text
        "What is f('{{call}}')?"
        """
        self.check((), values)
        return tuple(Message(message.role, _PLACEHOLDER.sub(lambda found: values[found[1]], message.text)) for message in self.messages)


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in names) or "none"


def read_prompt(name: str, version: int | None = None) -> Wording:
    """A prompt that comes with nbrepro.

    Args:
        name: such as `output` or `trace`.
        version: None for the newest.

    Raises:
        RequestError: there is none of that name and version.

    >>> read_prompt("output", 1).label
    'output@1'
    """
    found = dict(_shipped())
    versions = [number for known, number in found if known == name]
    chosen = version if version is not None else max(versions, default=0)
    if (name, chosen) not in found:
        there = ", ".join(f"{known}@{number}" for known, number in sorted(found))
        raise RequestError(f"there is no prompt {name}{'' if version is None else f'@{version}'}; there are {there}")
    return Wording(name, str(chosen), _sections(found[name, chosen], f"{name}@{chosen}"))


def prompt_names() -> tuple[str, ...]:
    """The names of the prompts that come with nbrepro."""
    return tuple(sorted({name for (name, _), _ in _shipped()}))


def _shipped() -> Iterator[tuple[tuple[str, int], str]]:
    for file in files(__package__).iterdir():
        match = _FILE.fullmatch(file.name)
        if match:
            yield (match["name"], int(match["version"])), file.read_text(encoding="utf-8")


def read_prompt_file(path: Path) -> Wording:
    """Somebody's own prompt. Its version is a digest of its text, so that a changed file is another prompt.

    Raises:
        RequestError: it can't be read, or isn't made of sections.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"the prompt {path} can't be read: {error}") from error
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    return Wording(path.name.removesuffix(".md"), digest, _sections(text, str(path)))


def _sections(text: str, place: str) -> tuple[Message, ...]:
    before, *rest = _SECTION.split(text.replace("\r\n", "\n"))
    roles, bodies = rest[::2], rest[1::2]
    unknown = [role for role in roles if role not in set(Role)]
    if before.strip() or not roles or unknown:
        wrong = f"the section {unknown[0]}" if unknown else "text before the first section" if roles else "no section"
        raise RequestError(f"{place}: expected sections <!-- system -->, <!-- user -->, <!-- assistant -->, found {wrong}")
    if roles[-1] != Role.USER:
        raise RequestError(f"{place}: the last section has to be <!-- user -->, which asks; it is <!-- {roles[-1]} -->")
    return tuple(Message(Role(role), body.strip("\n")) for role, body in zip(roles, bodies, strict=True))
