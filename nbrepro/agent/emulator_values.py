"""The arguments of a call as text: bounded, the same for equal values, with the source of what the program itself has defined."""

import collections
import hashlib
import inspect
import itertools
import types
from typing import Any, Dict, List

ITEMS = 1000
"""Of an iterator at most so many items are taken."""
DEPTH = 6
BRACKETS: Dict[type, str] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}", collections.deque: "[]"}
FUNCTIONS = (types.FunctionType, types.MethodType, type)
ITERATORS = (types.GeneratorType, map, filter, zip, enumerate, reversed)


class Description:
    """Values as text, and what has to be known to understand it."""

    def __init__(self, characters: int) -> None:
        self.characters = characters
        self.definitions: Dict[str, str] = {}
        """Source of the functions and classes of the program that are among the values, by name."""
        self.seen = hashlib.sha256()

    def of(self, value: Any) -> str:
        """One value; what is too long is cut, and says so."""
        text = self._text(value, 0)
        self.seen.update(text.encode("utf-8", "backslashreplace") + b"\0")
        if len(text) <= self.characters:
            return text
        return "%s… (cut: %d characters in all)" % (text[: self.characters], len(text))

    def digest(self) -> str:
        """Equal for equal values, also where their texts were cut."""
        return self.seen.hexdigest()

    def _text(self, value: Any, depth: int) -> str:  # noqa: PLR0911 - one return for each kind of value
        kind: Any = type(value)
        if depth > DEPTH:
            return "..."
        if kind in BRACKETS:
            return self._sequence(value, kind, depth)
        if kind is dict:
            return "{%s}" % ", ".join("%s: %s" % (self._text(key, depth + 1), self._text(item, depth + 1)) for key, item in value.items())
        if isinstance(value, FUNCTIONS):
            return self._definition(value)
        if isinstance(value, ITERATORS):
            return self._iterator(value, depth)
        if kind.__repr__ is object.__repr__:
            return self._instance(value, kind, depth)
        self._note(kind)
        return repr(value)

    def _sequence(self, value: Any, kind: type, depth: int) -> str:
        parts = [self._text(item, depth + 1) for item in value]
        if kind in {set, frozenset}:
            if not parts:
                return "%s()" % kind.__name__
            parts.sort()
        inner = ", ".join(parts) + ("," if kind is tuple and len(parts) == 1 else "")
        text = BRACKETS[kind][0] + inner + BRACKETS[kind][1]
        return text if kind in {list, tuple, set} else "%s(%s)" % (kind.__name__, text)

    def _iterator(self, value: Any, depth: int) -> str:
        """Nobody else will read it: what an emulated function is given to read, it has read."""
        items = [self._text(item, depth + 1) for item in itertools.islice(value, ITEMS)]
        return "iter([%s])" % ", ".join(items + ["..."] * (len(items) == ITEMS))

    def _instance(self, value: Any, kind: type, depth: int) -> str:
        self._note(kind)
        held: Dict[str, Any] = dict(getattr(value, "__dict__", {}))
        for base in reversed(kind.__mro__):
            for name in _slots(base):
                if hasattr(value, name):
                    held[name] = getattr(value, name)
        return "%s(%s)" % (kind.__qualname__, ", ".join("%s=%s" % (name, self._text(item, depth + 1)) for name, item in held.items()))

    def _definition(self, value: Any) -> str:
        self._note(value)
        return "<%s %s>" % ("class" if isinstance(value, type) else "function", getattr(value, "__qualname__", "?"))

    def _note(self, thing: Any) -> None:
        name = getattr(thing, "__qualname__", "?")
        if name not in self.definitions and getattr(thing, "__module__", "") in {"program", "__main__"}:
            try:
                self.definitions[name] = inspect.getsource(thing)[: self.characters]
            except (OSError, TypeError, ValueError, IndexError):
                return


def _slots(kind: type) -> List[str]:
    slots = kind.__dict__.get("__slots__", ())
    return [slots] if isinstance(slots, str) else [name for name in slots if name not in {"__dict__", "__weakref__"}]
