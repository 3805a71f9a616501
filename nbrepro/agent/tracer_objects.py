"""Objects of classes, read past everything that their classes override: no code of the program runs."""

import sys
import types
from typing import Any, Callable, Dict, List, Optional, Tuple

Read = Callable[[Any], Any]
MADE_IN_C = type(object.__str__)
HEAP_TYPE = 1 << 9
"""Flag of classes that are made while a program runs; the others are made in C."""


def _reader(owner: type, name: str) -> Read:
    descriptor: Any = owner.__dict__[name]
    return lambda value: descriptor.__get__(value, owner)


bases_of: Read = _reader(type, "__mro__")
members_of: Read = _reader(type, "__dict__")
module_of: Read = _reader(type, "__module__")
flags_of: Read = _reader(type, "__flags__")
name_of: Read = _reader(type, "__name__")
qualified_name_of: Read = _reader(type, "__qualname__")
arguments_of: Read = _reader(BaseException, "args")
space_of_module: Read = _reader(types.ModuleType, "__dict__")
ATOMS = (bool, int, float, str, bytes, complex, type(None))
NUMBERS_OF_ATOMS = frozenset(map(id, ATOMS))
"""Asked for in place of the classes themselves, which may say how they are compared and hashed."""
FUNCTIONS = (types.FunctionType, types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
OPAQUE = (*FUNCTIONS, types.BuiltinFunctionType, types.MethodType, type, types.ModuleType)
READABLE = (BaseException, types.SimpleNamespace)
"""Classes made in C whose objects can be read all the same."""


def class_name(kind: type) -> str:
    """The name of a class, with its module where it isn't the program's own or a builtin."""
    module = members_of(kind).get("__module__")
    name: str = name_of(kind)
    return name if type(module) is not str or module in {"builtins", "__main__"} else f"{module}.{name}"


def described(value: Any, kind: type) -> Dict[str, Any]:
    """A function, class or module: its name."""
    return {"t": "obj", "c": "type" if issubclass(kind, type) else class_name(kind), "n": _name(value, kind)}


def _name(value: Any, kind: type) -> str:
    if issubclass(kind, type):
        return str(qualified_name_of(value))
    if issubclass(kind, types.ModuleType):
        name = space_of_module(value).get("__name__")
        return name if type(name) is str else ""
    if kind is types.MethodType:
        function = value.__func__
        return _name(function, type(function)) if issubclass(type(function), OPAQUE) else class_name(type(function))
    if kind is types.BuiltinFunctionType:
        owner = value.__self__
        if owner is None or issubclass(type(owner), types.ModuleType):
            return str(value.__name__)
        return f"{qualified_name_of(owner if issubclass(type(owner), type) else type(owner))}.{value.__name__}"
    return str(value.__qualname__)


def attributes(value: Any, kind: type) -> Optional[List[Tuple[str, Any]]]:
    """What an object holds, in slots and in its dictionary; None: nothing of it can be read."""
    if not (flags_of(kind) & HEAP_TYPE or issubclass(kind, READABLE)) or kind is types.FrameType:
        return None
    if is_member(kind):
        own = dict(_held(value, kind))
        return [("name", own.get("_name_")), ("value", own.get("_value_", own.get("_name_")))]
    found = [("args", arguments_of(value))] if issubclass(kind, BaseException) else []
    return found + _in_slots(value, kind) + _held(value, kind)


def is_member(kind: type) -> bool:
    """Whether it is the class of members of an enumeration."""
    module = sys.modules.get("enum")
    return module is not None and issubclass(kind, module.Enum)


def _in_slots(value: Any, kind: type) -> List[Tuple[str, Any]]:
    found = []
    for base in reversed(bases_of(kind)):
        for name, member in list(members_of(base).items()):
            if type(member) is types.MemberDescriptorType and name != "__dict__" and flags_of(base) & HEAP_TYPE:
                try:
                    found.append((name, member.__get__(value, kind)))
                except AttributeError:
                    continue
    return found


def _held(value: Any, kind: type) -> List[Tuple[str, Any]]:
    """The items of an object's dictionary, found by the descriptor that the interpreter itself made for it."""
    for base in bases_of(kind):
        member = members_of(base).get("__dict__")
        if issubclass(type(member), (types.GetSetDescriptorType, types.MemberDescriptorType)):
            held = member.__get__(value, kind)
            items = list(dict.items(held)) if issubclass(type(held), dict) else []
            return [(str(name) if id(type(name)) in NUMBERS_OF_ATOMS else f"<{class_name(type(name))}>", item) for name, item in items]
    return []


def text_of(value: Any, kind: type) -> Optional[str]:
    """The text of an unchangeable object of the standard library that is made of builtins; None for others."""
    for module, names, text in STANDARD:
        loaded = sys.modules.get(module)
        if loaded is not None and any(kind is getattr(loaded, name, None) for name in names):
            return text(value)
    return None


def message_of(exception: BaseException) -> str:
    """The message of an exception; where its class has its own way to tell it, its first argument if that is a text."""
    kind = type(exception)
    own = next(members_of(base)["__str__"] for base in bases_of(kind) if "__str__" in members_of(base))
    arguments = arguments_of(exception)
    if type(own) is not MADE_IN_C or not all(id(type(argument)) in NUMBERS_OF_ATOMS for argument in arguments):
        return arguments[0] if arguments and type(arguments[0]) is str else ""
    return str(own(exception))


PATHS = ("PurePosixPath", "PureWindowsPath", "PosixPath", "WindowsPath")
STANDARD: Tuple[Tuple[str, Tuple[str, ...], Callable[[Any], str]], ...] = (
    ("datetime", ("datetime", "date", "time", "timedelta", "timezone"), lambda value: repr(value) if _is_plain(value) else ""),
    ("decimal", ("Decimal",), str),
    ("fractions", ("Fraction",), lambda value: f"{value._numerator}/{value._denominator}"),
    ("pathlib", PATHS, str),
    ("pathlib._local", PATHS, str),
    ("uuid", ("UUID",), lambda value: f"{value.int:032x}"),
)


def _is_plain(value: Any) -> bool:
    """Whether a time has no zone of the program's own, whose text would be its code."""
    return type(getattr(value, "tzinfo", None)).__module__ in {"builtins", "datetime", "zoneinfo"}
