"""Values as tagged JSON: exact for builtins, bounded, and without running any code of the program that is traced."""

import marshal
import re
import weakref
import zlib
from collections import deque
from typing import Any, Dict, Optional, Tuple

from tracer_arrays import summary
from tracer_objects import ATOMS, NUMBERS_OF_ATOMS, OPAQUE, attributes, class_name, described, is_member, text_of

EXACT_INTEGERS = 2**53
NUMBERS = re.compile(r"'id': \d+")
SEQUENCES: Dict[type, str] = {list: "list", tuple: "tuple", deque: "deque"}


class Limits:
    """How much of a value is kept."""

    def __init__(self, items: int = 1000, characters: int = 10000, depth: int = 8) -> None:
        self.items = items
        """Items of all containers of one value together."""
        self.characters = characters
        self.depth = depth


class Identities:
    """Numbers of mutable objects. What has a number stays alive, so that no other object can get its place in memory."""

    def __init__(self) -> None:
        self._numbers: Dict[int, Tuple[int, Any]] = {}
        self._count = 0

    def number(self, value: Any, *, weakly: bool = False) -> Optional[int]:
        known = self._numbers.get(id(value))
        if known is not None:
            return known[0]
        holder = value
        if weakly:
            place = id(value)
            try:
                holder = weakref.ref(value, lambda _: self._numbers.pop(place, None) and None)
            except TypeError:
                return None
        self._count += 1
        self._numbers[id(value)] = (self._count, holder)
        return self._count


class Encoder:
    """Turns values into tagged JSON."""

    def __init__(self, limits: Limits, identities: Identities) -> None:
        self.limits = limits
        self.identities = identities
        self._left = 0
        self._above: Dict[int, Optional[int]] = {}

    def encode(self, value: Any) -> Any:
        """The tagged form of a value."""
        kind = type(value)
        if kind is str and len(value) <= self.limits.characters:
            return value
        if kind is int and -EXACT_INTEGERS < value < EXACT_INTEGERS:
            return value
        if kind is bool or value is None:
            return value
        self._left = self.limits.items
        self._above = {}
        return self._encode(value, 0)

    def _encode(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if id(kind) in NUMBERS_OF_ATOMS:
            return self._plain(value, kind)
        if id(value) in self._above:
            return {"t": "ref", "id": self._above[id(value)]}
        if depth > self.limits.depth:
            return {"t": "cut", "c": class_name(kind)}
        return self._compound(value, kind, depth)

    def _plain(self, value: Any, kind: type) -> Any:
        if kind is float:
            return {"t": "float", "r": repr(value)}
        if kind is complex:
            return {"t": "complex", "r": repr(value)}
        if kind is int:
            return value if -EXACT_INTEGERS < value < EXACT_INTEGERS else {"t": "int", "r": hex(value)}
        if kind in {str, bytes} and len(value) > self.limits.characters:
            start = value[: self.limits.characters]
            return {"t": kind.__name__, "v": start if kind is str else start.hex(), "n": len(value), "h": _checksum(value)}
        return {"t": "bytes", "v": value.hex()} if kind is bytes else value

    def _compound(self, value: Any, kind: type, depth: int) -> Any:  # noqa: PLR0911 - one for each kind of value
        for base, tag in SEQUENCES.items():
            if issubclass(kind, base):
                return self._container(value, kind, tag, base, depth)
        if issubclass(kind, dict):
            return self._dictionary(value, kind, depth)
        if issubclass(kind, (set, frozenset)):
            return self._set(value, kind, depth)
        if issubclass(kind, bytearray):
            return self._bytearray(value, kind)
        if kind is range:
            return {"t": "range", "v": [value.start, value.stop, value.step]}
        if issubclass(kind, ATOMS):
            return self._instance(value, kind, depth) if is_member(kind) else self._subclass_of_atom(value, kind)
        if issubclass(kind, OPAQUE):
            return described(value, kind)
        return summary(value, kind, self._weak_number) or self._instance(value, kind, depth)

    def _weak_number(self, value: Any) -> Optional[int]:
        return self.identities.number(value, weakly=True)

    def _bytearray(self, value: Any, kind: type) -> Any:
        found: Dict[str, Any] = {"t": "bytearray", "v": bytes(bytearray.__getitem__(value, slice(self.limits.characters))).hex()}
        size = bytearray.__len__(value)
        if size > self.limits.characters:
            found.update(n=size, h=zlib.crc32(value))
        self._name(found, value, kind, bytearray)
        self._above.pop(id(value), None)
        return found

    def _container(self, value: Any, kind: type, tag: str, base: type, depth: int) -> Any:
        found: Dict[str, Any] = {"t": tag}
        self._name(found, value, kind, base)
        size = base.__len__(value)  # type: ignore[attr-defined]
        items = []
        for item in base.__iter__(value):  # type: ignore[attr-defined]
            if self._left <= 0:
                found["cut"] = _contents(value)
                break
            self._left -= 1
            items.append(self._encode(item, depth + 1))
        self._above.pop(id(value), None)
        found["v"], found["n"] = items, size
        return found

    def _dictionary(self, value: Any, kind: type, depth: int) -> Any:
        found: Dict[str, Any] = {"t": "dict"}
        self._name(found, value, kind, dict)
        items = []
        for key, item in dict.items(value):
            if self._left <= 0:
                found["cut"] = _contents(value)
                break
            self._left -= 1
            items.append([self._encode(key, depth + 1), self._encode(item, depth + 1)])
        self._above.pop(id(value), None)
        found["v"], found["n"] = items, dict.__len__(value)
        return found

    def _set(self, value: Any, kind: type, depth: int) -> Any:
        base: Any = set if issubclass(kind, set) else frozenset
        found: Dict[str, Any] = {"t": base.__name__}
        self._name(found, value, kind, base)
        size = base.__len__(value)
        if size > self._left:
            found["cut"] = _contents(value)
        items = [self._encode(item, depth + 1) for item, _ in zip(base.__iter__(value), range(max(self._left, 0)))]
        self._left -= len(items)
        self._above.pop(id(value), None)
        found["v"], found["n"] = sorted(items, key=_without_numbers), size
        return found

    def _name(self, found: Dict[str, Any], value: Any, kind: type, base: type) -> None:
        """The class, the object's number, and the note that what is inside may refer to it."""
        if kind is not base:
            found["c"] = class_name(kind)
        if base is not tuple and base is not frozenset:
            found["id"] = self._above[id(value)] = self.identities.number(value)

    def _subclass_of_atom(self, value: Any, kind: type) -> Any:
        base: Any = next(base for base in ATOMS if issubclass(kind, base))
        content = base.__repr__(value) if base is not str else str.__str__(value)
        return {"t": "obj", "c": class_name(kind), "v": content[: self.limits.characters]}

    def _instance(self, value: Any, kind: type, depth: int) -> Any:
        found: Dict[str, Any] = {"t": "obj", "c": class_name(kind)}
        text = text_of(value, kind)
        if text is not None:
            return {**found, "v": text}
        held = attributes(value, kind)
        if held is None:
            return found
        number = self._weak_number(value)
        if number is not None:
            found["id"] = number
        self._above[id(value)] = number
        kept = {}
        for name, item in held:
            if self._left <= 0:
                found["cut"] = {"h": None}
                break
            self._left -= 1
            kept[name] = self._encode(item, depth + 1)
        self._above.pop(id(value), None)
        found["a"] = kept
        return found


def encoder_for(limits: Dict[str, Any]) -> Encoder:
    """The encoder of a new recording, with the limits of a request."""
    return Encoder(Limits(limits["items"], limits["characters"], limits["depth"]), Identities())


def _without_numbers(value: Any) -> str:
    """The order of a set's items: by what they hold, as the numbers of objects depend on where they lie in memory."""
    return NUMBERS.sub("", repr(value))


def _contents(value: Any) -> Dict[str, Any]:
    """What tells one cut value from another: a checksum where the value is made of builtins."""
    try:
        return {"h": zlib.crc32(marshal.dumps(value, 2))}
    except ValueError:
        return {"h": None}


def _checksum(value: Any) -> int:
    return zlib.crc32(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))
