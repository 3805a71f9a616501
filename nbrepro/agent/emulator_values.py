"""The arguments of a call as text: bounded, the same for equal values, with the source of what the program itself has defined."""

import collections
import hashlib
import inspect
import io
import itertools
import pickle
import re
import types
from collections.abc import Iterator as IteratorKind
from contextlib import suppress
from typing import Any, Dict, List, Set

ITEMS = 1000
"""Of an iterator at most so many items are taken."""
BRACKETS: Dict[type, str] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}", collections.deque: "[]"}
FUNCTIONS = (types.FunctionType, types.MethodType, type)
PLAIN = {bool, int, float, complex, str, bytes, bytearray, range, type(None), type(...)}
"""What `repr` shows of these is all that there is."""
NUMBERS = itertools.count()
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Description:
    """Values as text, and what has to be known to understand it."""

    def __init__(self, characters: int) -> None:
        self.characters = characters
        self.definitions: Dict[str, str] = {}
        """Source of the functions and classes of the program that are among the values, by name."""
        self._seen = hashlib.sha256()
        self._above: Set[int] = set()

    def of(self, value: Any) -> str:
        """One value; what is too long is cut, and says so. Addresses, which differ from run to run, are left out."""
        text = self._text(value)
        self._tell_apart(text.encode("utf-8", "backslashreplace"))
        text = ADDRESS.sub("", text)
        if len(text) <= self.characters:
            return text
        return "%s… (cut: %d characters in all)" % (text[: self.characters], len(text))

    def digest(self) -> str:
        """Equal for equal values only, also where their texts are cut or don't say everything."""
        return self._seen.hexdigest()

    def _tell_apart(self, content: bytes) -> None:
        self._seen.update(b"%d:" % len(content) + content)

    def _text(self, value: Any) -> str:
        kind: Any = type(value)
        if kind in PLAIN:
            return repr(value)
        if id(value) in self._above:
            return "..."
        self._above.add(id(value))
        try:
            return self._compound(value, kind)
        finally:
            self._above.discard(id(value))

    def _compound(self, value: Any, kind: Any) -> str:
        if kind in BRACKETS:
            return self._sequence(value, kind)
        if kind is dict:
            return "{%s}" % ", ".join("%s: %s" % (self._text(key), self._text(item)) for key, item in value.items())
        if isinstance(value, FUNCTIONS):
            return self._definition(value)
        if kind.__module__ in {"builtins", "itertools"} and isinstance(value, IteratorKind) and not isinstance(value, io.IOBase):
            return self._iterator(value)
        self._note(kind)
        if kind.__repr__ is object.__repr__:
            return self._instance(value, kind)
        self._tell_apart(_contents(value))
        return repr(value)

    def _sequence(self, value: Any, kind: type) -> str:
        parts = [self._text(item) for item in value]
        if kind in {set, frozenset}:
            if not parts:
                return "%s()" % kind.__name__
            parts.sort()
        inner = ", ".join(parts) + ("," if kind is tuple and len(parts) == 1 else "")
        text = BRACKETS[kind][0] + inner + BRACKETS[kind][1]
        return text if kind in {list, tuple, set} else "%s(%s)" % (kind.__name__, text)

    def _iterator(self, value: Any) -> str:
        """Nobody else will read it: what an emulated function is given to read, it has read."""
        items = [self._text(item) for item in itertools.islice(value, ITEMS)]
        if len(items) == ITEMS:
            self._tell_apart(_never_again())
            items.append("...")
        return "iter([%s])" % ", ".join(items)

    def _instance(self, value: Any, kind: type) -> str:
        held: Dict[str, Any] = dict(getattr(value, "__dict__", {}))
        for base in reversed(kind.__mro__):
            for name in _slots(base):
                if hasattr(value, name):
                    held[name] = getattr(value, name)
        if not held:
            self._tell_apart(_contents(value))
        return "%s(%s)" % (kind.__qualname__, ", ".join("%s=%s" % (name, self._text(item)) for name, item in held.items()))

    def _definition(self, value: Any) -> str:
        self._note(value)
        code = getattr(value, "__code__", None)
        if code is not None:
            own = [getattr(value, "__self__", None), getattr(value, "__defaults__", None), _enclosed(value)]
            self._tell_apart(("%r %r %s" % (code.co_code, code.co_consts, [self._text(part) for part in own])).encode("utf-8", "replace"))
        return "<%s %s>" % ("class" if isinstance(value, type) else "function", getattr(value, "__qualname__", "?"))

    def _note(self, thing: Any) -> None:
        name = getattr(thing, "__qualname__", "?")
        if name not in self.definitions and getattr(thing, "__module__", "") in {"program", "__main__"}:
            try:
                self.definitions[name] = inspect.getsource(thing)[: self.characters]
            except (OSError, TypeError, ValueError, IndexError):
                return


def _contents(value: Any) -> bytes:
    """What tells a value from others of its kind, whose `repr` need not say all; where it keeps that to itself, it equals none."""
    try:
        return pickle.dumps(value, 2)
    except Exception:  # noqa: BLE001 - of a foreign class
        return _never_again()


def _never_again() -> bytes:
    """Another content each time; an address would come again as soon as its object is gone."""
    return b"unlike %d" % next(NUMBERS)


def _enclosed(function: Any) -> List[Any]:
    """What a function has taken from the functions around it."""
    found = []
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # not bound yet
            found.append(cell.cell_contents)
    return found


def _slots(kind: type) -> List[str]:
    slots = kind.__dict__.get("__slots__", ())
    return [slots] if isinstance(slots, str) else [name for name in slots if name not in {"__dict__", "__weakref__"}]
