"""Values as tagged JSON: exact for builtins, bounded, and without running any code of the program that is traced."""

import marshal
import types
import weakref
import zlib
from collections import deque
from typing import Any, Dict, List, Optional, Tuple

EXACT_INTEGERS = 2**53
PLAIN = (bool, int, float, str, bytes, complex, type(None))
OPAQUE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type, types.ModuleType, types.GeneratorType, types.CoroutineType)
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
        if kind in PLAIN:
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
            if isinstance(value, base):
                return self._container(value, kind, tag, base, depth)
        if isinstance(value, dict):
            return self._dictionary(value, kind, depth)
        if isinstance(value, (set, frozenset)):
            return self._set(value, kind, depth)
        if isinstance(value, bytearray):
            return {"t": "bytearray", "v": bytes(value[: self.limits.characters]).hex(), "id": self.identities.number(value)}
        if isinstance(value, range):
            return {"t": "range", "v": [value.start, value.stop, value.step]}
        if isinstance(value, PLAIN):
            return self._subclass_of_plain(value, kind)
        if isinstance(value, OPAQUE):
            return _opaque(value, kind)
        return _array(value, kind, self.identities) or self._instance(value, kind, depth)

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
        base: Any = set if isinstance(value, set) else frozenset
        found: Dict[str, Any] = {"t": base.__name__}
        self._name(found, value, kind, base)
        size = base.__len__(value)
        if size > self._left:
            found["cut"] = _contents(value)
        items = [self._encode(item, depth + 1) for item, _ in zip(base.__iter__(value), range(max(self._left, 0)))]
        self._left -= len(items)
        self._above.pop(id(value), None)
        found["v"], found["n"] = sorted(items, key=repr), size
        return found

    def _name(self, found: Dict[str, Any], value: Any, kind: type, base: type) -> None:
        """The class, the object's number, and the note that what is inside may refer to it."""
        if kind is not base:
            found["c"] = class_name(kind)
        if base is not tuple and base is not frozenset:
            found["id"] = self._above[id(value)] = self.identities.number(value)

    def _subclass_of_plain(self, value: Any, kind: type) -> Any:
        base: Any = next(base for base in PLAIN if isinstance(value, base))
        content = base.__repr__(value) if base is not str else str.__str__(value)
        return {"t": "obj", "c": class_name(kind), "v": content[: self.limits.characters]}

    def _instance(self, value: Any, kind: type, depth: int) -> Any:
        found: Dict[str, Any] = {"t": "obj", "c": class_name(kind)}
        attributes = _attributes(value, kind)
        if attributes is None:
            return found
        number = self.identities.number(value, weakly=True)
        if number is not None:
            found["id"] = number
        self._above[id(value)] = number
        kept = {}
        for name, item in attributes:
            if self._left <= 0:
                found["cut"] = {"h": None}
                break
            self._left -= 1
            kept[str(name)] = self._encode(item, depth + 1)
        self._above.pop(id(value), None)
        found["a"] = kept
        return found


def class_name(kind: type) -> str:
    """The name of a class, with its module where it isn't the program's own or a builtin."""
    module = kind.__dict__.get("__module__")
    return kind.__name__ if module in {None, "builtins", "__main__"} or not isinstance(module, str) else f"{module}.{kind.__name__}"


def _contents(value: Any) -> Dict[str, Any]:
    """What tells one cut value from another: a checksum where the value is made of builtins."""
    try:
        return {"h": zlib.crc32(marshal.dumps(value, 2))}
    except ValueError:
        return {"h": None}


def _checksum(value: Any) -> int:
    return zlib.crc32(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))


def _opaque(value: Any, kind: type) -> Dict[str, Any]:
    name = getattr(value, "__qualname__", None) if not isinstance(value, types.ModuleType) else value.__dict__.get("__name__")
    return {"t": "obj", "c": class_name(kind) if not isinstance(value, type) else "type", "n": str(name)}


def _attributes(value: Any, kind: type) -> Optional[List[Tuple[str, Any]]]:
    """What an object of the program's own classes holds, read past everything that the class overrides; None: nothing can be read."""
    if not kind.__flags__ & 1 << 9 or isinstance(value, types.FrameType):  # no heap type: made in C
        return None
    found: List[Tuple[str, Any]] = []
    for base in reversed(kind.__mro__):
        for name, member in base.__dict__.items():
            if isinstance(member, types.MemberDescriptorType):
                try:
                    found.append((name, member.__get__(value, kind)))
                except AttributeError:
                    continue
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        held = {}
    if isinstance(value, BaseException):
        found.append(("args", value.args))
    return found + list(held.items()) if type(held) is dict else found


def _array(value: Any, kind: type, identities: Identities) -> Optional[Dict[str, Any]]:
    """A summary of an array, a tensor or a data frame: its shape, its types, a checksum of what it holds."""
    library = (kind.__module__ or "").split(".")[0] if isinstance(kind.__module__, str) else ""
    try:
        if library == "numpy" and kind.__name__ == "ndarray":
            return {
                "t": "array",
                "shape": list(value.shape),
                "dtype": str(value.dtype),
                "h": _checksum_of_array(value),
                **_number(value, identities),
            }
        if library == "numpy" and hasattr(value, "dtype") and value.shape == ():
            return {"t": "obj", "c": class_name(kind), "v": repr(value.item())}
        if library == "pandas" and kind.__name__ in {"DataFrame", "Series"}:
            return _frame(value, kind, identities)
    except Exception:  # noqa: BLE001 - whatever a library's object does, the trace goes on
        return None
    return None


def _number(value: Any, identities: Identities) -> Dict[str, Any]:
    number = identities.number(value, weakly=True)
    return {} if number is None else {"id": number}


def _checksum_of_array(array: Any) -> Optional[int]:
    if array.dtype.hasobject:
        return zlib.crc32(repr([type(item).__name__ for item in array.ravel()[:100]]).encode())
    return zlib.crc32(memoryview(array).cast("B")) if array.flags.c_contiguous and array.size else zlib.crc32(array.tobytes())


def _frame(value: Any, kind: type, identities: Identities) -> Dict[str, Any]:
    checksum = 0
    for block in value._mgr.blocks:  # the arrays as they lie: nothing is converted
        values = block.values
        array = values if hasattr(values, "flags") and hasattr(values, "ravel") else getattr(values, "_ndarray", None)
        checksum = zlib.crc32(str(None if array is None else _checksum_of_array(array)).encode(), checksum)
    types_ = [str(value.dtype)] if kind.__name__ == "Series" else [str(block.dtype) for block in value._mgr.blocks]
    return {"t": "frame", "c": kind.__name__, "shape": list(value.shape), "dtype": types_, "h": checksum, **_number(value, identities)}
