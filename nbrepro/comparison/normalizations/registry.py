"""What a normalization is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from nbrepro.comparison.settings import Settings

OPEN, CLOSE = "\ue000", "\ue001"
"""Characters (of Unicode's private use) around a placeholder; in a text itself they are escaped, so that none is forged."""

_RARE_FIRST = "zqxjkv/bpygf-w_muc:ldrhsnioate,.0123456789 \t\n"
"""Characters that are frequent in outputs, the rarest first; all others are rarer."""

Rewrite = Callable[[str, str, Settings], tuple[str, str]]
"""Expected and observed text, rewritten so that they are equal where the normalization says that they mean the same."""


@dataclass(frozen=True, slots=True)
class Normalization:
    """A named rule under which two different texts mean the same."""

    name: str
    description: str
    """One sentence for `--help` and the documentation."""
    rewrite: Rewrite
    hints: tuple[str, ...]
    """At least one of these occurs in any text that it changes: a cheap test before a regular expression runs."""
    explain: Callable[[str, str], str] | None = None
    """Says in more detail what was equated; None where an excerpt of both texts tells enough."""
    signs: frozenset[str] = field(init=False)
    """The rarest character of each hint: none of them in a text is a still cheaper test."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "signs", frozenset(min(hint, key=_RARE_FIRST.find) for hint in self.hints))

    def may_change(self, text: str) -> bool:
        """Whether it is worth while to run it on a text."""
        return has_any(text, self.hints)


def has_any(text: str, parts: Iterable[str]) -> bool:
    """Whether one of several parts occurs in a text."""
    for part in parts:  # noqa: SIM110 (twice as fast as any() with a generator, and asked for every small output)
        if part in text:
            return True
    return False


def each(rewrite: Callable[[str], str]) -> Rewrite:
    """A rewrite that treats both texts in the same way."""
    return lambda expected, observed, _settings: (rewrite(expected), rewrite(observed))


def placeholder(name: str) -> str:
    """What stands for a part of a text that was normalized away; it can't occur in any text."""
    return f"{OPEN}{name}{CLOSE}"


class Numbering:
    """Placeholders that keep identity: equal parts of a text get equal placeholders, different parts different ones.

    >>> numbering = Numbering("address")
    >>> numbering("0xA") == numbering("0xA"), numbering("0xA") == numbering("0xB")
    (True, False)
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: dict[str, str] = {}

    def __call__(self, part: str) -> str:
        """The placeholder of one part."""
        return self._seen.setdefault(part, placeholder(f"{self._name}{len(self._seen) + 1}"))


_ESCAPES = str.maketrans({OPEN: placeholder("opening mark"), CLOSE: placeholder("closing mark")})


def escape(text: str) -> str:
    """A text in which nothing looks like a placeholder."""
    return text.translate(_ESCAPES) if OPEN in text or CLOSE in text else text


def legible(text: str) -> str:
    """A text with placeholders as people should see them."""
    return text.replace(OPEN, "⟨").replace(CLOSE, "⟩")
