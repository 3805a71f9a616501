"""A program full of objects that defend themselves against being looked at: whoever runs their code to record them fails, or never ends."""

from __future__ import annotations

CLASSES = """
import collections, enum, types, weakref

class Bad:
    def __init__(self):
        self.x = 1
    def __repr__(self):
        print("printed")
        raise ValueError
    def __eq__(self, other):
        raise AssertionError
    def __hash__(self):
        return 1
    def __bool__(self):
        raise AssertionError
    def __len__(self):
        raise AssertionError
    @property
    def y(self):
        raise AssertionError
    def __getattr__(self, name):
        raise AssertionError(name)

class Endless:
    def __repr__(self):
        while True:
            pass
    def __getattribute__(self, name):
        while True:
            pass

class Noting:
    log = []
    def __getattr__(self, name):
        Noting.log.append(name)
        return self

class Meta(type):
    def __getattribute__(cls, name):
        if name in ("__name__", "__module__", "__dict__", "__qualname__", "__flags__", "__mro__"):
            raise AssertionError(name)
        return type.__getattribute__(cls, name)
    def __instancecheck__(cls, other):
        raise AssertionError
    def __hash__(cls):
        raise AssertionError
    def __eq__(cls, other):
        raise AssertionError

class OfMeta(metaclass=Meta):
    pass

class SaysDict:
    @property
    def __class__(self):
        return dict

class SaysInt:
    @property
    def __class__(self):
        return int

class SaysNothing:
    @property
    def __class__(self):
        raise AssertionError

class HidesItsDictionary:
    @property
    def __dict__(self):
        raise AssertionError

class Dict(dict):
    def __iter__(self):
        raise AssertionError
    def items(self):
        raise AssertionError
    def __len__(self):
        raise AssertionError

class List(list):
    def __iter__(self):
        raise AssertionError
    def __len__(self):
        raise AssertionError

class Set(set):
    def __iter__(self):
        raise AssertionError
    def __len__(self):
        raise AssertionError

class Int(int):
    def __repr__(self):
        raise AssertionError
    def __str__(self):
        raise AssertionError

class Str(str):
    def __str__(self):
        raise AssertionError
    def __len__(self):
        raise AssertionError
    def __getitem__(self, place):
        raise AssertionError

class Bytes(bytearray):
    def __getitem__(self, place):
        raise AssertionError

class Failure(Exception):
    def __init__(self):
        self.z = 1
    @property
    def args(self):
        raise AssertionError
    def __str__(self):
        raise AssertionError

class Slots:
    __slots__ = ("a", "unset")
    def __init__(self):
        self.a = 1

class Keyed:
    def __init__(self):
        self.__dict__[1] = 2

class Named(collections.namedtuple("Named", "a b")):
    def __repr__(self):
        raise AssertionError

class Colour(enum.Enum):
    RED = 1
    BLUE = [1]

class Module(types.ModuleType):
    def __getattribute__(self, name):
        raise AssertionError

class Called:
    def __call__(self, one):
        raise AssertionError
    def __getattr__(self, name):
        raise AssertionError(name)

class Key:
    def __init__(self, name):
        self.name = name
"""

EXPRESSIONS = {
    "Bad()": {"t": "obj", "c": "Bad", "a": {"x": 1}},
    "Endless()": {"t": "obj", "c": "Endless", "a": {}},
    "Noting()": {"t": "obj", "c": "Noting", "a": {}},
    "OfMeta()": {"t": "obj", "c": "OfMeta", "a": {}},
    "OfMeta": {"t": "obj", "c": "type", "n": "OfMeta"},
    "SaysDict()": {"t": "obj", "c": "SaysDict", "a": {}},
    "SaysInt()": {"t": "obj", "c": "SaysInt", "a": {}},
    "SaysNothing()": {"t": "obj", "c": "SaysNothing", "a": {}},
    "HidesItsDictionary()": {"t": "obj", "c": "HidesItsDictionary", "a": {}},
    "Dict(a=1)": {"t": "dict", "c": "Dict", "v": [["a", 1]], "n": 1},
    "List([1])": {"t": "list", "c": "List", "v": [1], "n": 1},
    "Set([1])": {"t": "set", "c": "Set", "v": [1], "n": 1},
    "Int(5)": {"t": "obj", "c": "Int", "v": "5"},
    "Str('abc')": {"t": "obj", "c": "Str", "v": "abc"},
    "Bytes(b'ab')": {"t": "bytearray", "c": "Bytes", "v": "6162"},
    "Failure()": {"t": "obj", "c": "Failure", "a": {"args": {"t": "tuple", "v": [], "n": 0}, "z": 1}},
    "Slots()": {"t": "obj", "c": "Slots", "a": {"a": 1}},
    "Keyed()": {"t": "obj", "c": "Keyed", "a": {"1": 2}},
    "Named(1, 2)": {"t": "tuple", "c": "Named", "v": [1, 2], "n": 2},
    "Colour.RED": {"t": "obj", "c": "Colour", "a": {"name": "RED", "value": 1}},
    "Module('m')": {"t": "obj", "c": "Module", "n": "m"},
    "types.SimpleNamespace(a=1)": {"t": "obj", "c": "SimpleNamespace", "a": {"a": 1}},
    "types.MethodType(Called(), 1)": {"t": "obj", "c": "method", "n": "Called"},
    "[].append": {"t": "obj", "c": "builtin_function_or_method", "n": "list.append"},
    "(n for n in [])": {"t": "obj", "c": "generator", "n": "<genexpr>"},
    "weakref.ref(Bad)": {"t": "obj", "c": "ReferenceType"},
    "ValueError(1)": {"t": "obj", "c": "ValueError", "a": {"args": {"t": "tuple", "v": [1], "n": 1}}},
}
"""Expressions, and what is recorded of their values; `ReferenceType` was called `weakref` until Python 3.7."""

PROGRAM = f"""{CLASSES}
def default(item, into=[]):
    into.append(item)
    return into

def f():
{chr(10).join(f"    v{place} = {expression}" for place, expression in enumerate(EXPRESSIONS) if not expression.startswith("weakref"))}
    v0.x = 2
    v9["b"] = v10
    v10.append(v9)
    keys = {{Key("b"), Key("a"), Key("c")}}
    other = default(1)
    again = default(2)
    both = [v0, v0, keys]
    return Noting.log

print(f())
raise Failure
"""
