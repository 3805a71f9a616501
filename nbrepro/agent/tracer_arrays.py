"""Arrays and data frames as summaries: shape, types, and a checksum of what they hold."""

import array
import marshal
import sys
import zlib
from typing import Any, Callable, Dict, List, Optional

from tracer_objects import NUMBERS_OF_ATOMS, bases_of, class_name, module_of

Number = Callable[[Any], Optional[int]]
SCALARS = ("Timestamp", "Timedelta", "Period", "Interval")
MOST_OBJECTS = 10000
"""Items of an array of objects that its checksum takes in."""


def summary(value: Any, kind: type, number: Number) -> Optional[Dict[str, Any]]:
    """The summary of an array, a data frame, or a number of an array library; None for everything else."""
    if kind is array.array:
        return {
            "t": "array",
            "c": "array.array",
            "shape": [len(value)],
            "dtype": value.typecode,
            "h": zlib.crc32(value),
            **_id(value, number),
        }
    library = _library_of(kind)
    if library is None:
        return None
    try:
        return _of_numpy(value, kind, number) if library == "numpy" else _of_pandas(value, kind, number)
    except Exception:  # noqa: BLE001 - whatever a library's object does, the trace goes on
        return None


def _library_of(kind: type) -> Optional[str]:
    """The library that made a class, or the class that it extends, if it is loaded."""
    for base in bases_of(kind):
        module = module_of(base)
        library = module.split(".")[0] if type(module) is str else ""
        if library in {"numpy", "pandas"} and library in sys.modules:
            return library
    return None


def _of_numpy(value: Any, kind: type, number: Number) -> Optional[Dict[str, Any]]:
    numpy = sys.modules["numpy"]
    if issubclass(kind, numpy.ndarray):
        plain = numpy.ndarray.view(value, numpy.ndarray)
        found = {"t": "array", "shape": list(plain.shape), "dtype": str(plain.dtype), "h": checksum(plain), **_id(value, number)}
        masked = sys.modules.get("numpy.ma")
        if masked is not None and issubclass(kind, masked.MaskedArray):
            found["h"] = zlib.crc32(repr((found["h"], checksum(masked.getmaskarray(value)))).encode())
        if kind is not numpy.ndarray:
            found["c"] = class_name(kind)
        return found
    if issubclass(kind, numpy.generic) and not numpy.generic.dtype.__get__(value).hasobject:
        return {"t": "obj", "c": class_name(kind), "v": repr(numpy.generic.item(value))}
    return None


def _of_pandas(value: Any, kind: type, number: Number) -> Optional[Dict[str, Any]]:
    pandas = sys.modules["pandas"]
    if issubclass(kind, (pandas.DataFrame, pandas.Series)):
        return _frame(value, kind, number)
    if issubclass(kind, pandas.Index):
        found = {"t": "frame", "c": name_of_frame(kind), "shape": list(value.shape), "dtype": [str(value.dtype)], "h": _of_axis(value)}
        return {**found, **_id(value, number)}
    if any(kind is getattr(pandas, name, None) for name in SCALARS) or value is pandas.NaT or value is getattr(pandas, "NA", value):
        return {"t": "obj", "c": class_name(kind), "v": repr(value)}
    return None


def _frame(value: Any, kind: type, number: Number) -> Dict[str, Any]:
    manager = object.__getattribute__(value, "_mgr")
    parts: List[Any] = [_of_values(block.values) for block in manager.blocks]  # the arrays as they lie: nothing is converted
    parts += [_of_axis(axis) for axis in manager.axes]
    types = [str(block.dtype) for block in manager.blocks]
    checked = zlib.crc32(repr(parts).encode())
    return {"t": "frame", "c": name_of_frame(kind), "shape": list(manager.shape[::-1]), "dtype": types, "h": checked, **_id(value, number)}


def name_of_frame(kind: type) -> str:
    """What the class is called: short where it is of pandas itself."""
    name: str = class_name(kind)
    return name.rpartition(".")[2]


def _of_axis(axis: Any) -> int:
    """A checksum of labels: of a range only its ends, which are all that there is."""
    if type(axis).__name__ == "RangeIndex":
        return zlib.crc32(repr((axis.start, axis.stop, axis.step, axis.name)).encode())
    levels = [(_of_axis(level), checksum(codes)) for level, codes in zip(getattr(axis, "_levels", ()), getattr(axis, "_codes", ()))]
    return zlib.crc32(repr((levels or _of_values(axis._data), list(axis.names))).encode("utf-8", "replace"))


def _of_values(values: Any) -> Optional[int]:
    """A checksum of the array behind a column, whichever way it is kept; None where there is no such array."""
    for name in ("", "_ndarray", "_data", "_codes"):
        found = getattr(values, name, None) if name else values
        if hasattr(found, "flags") and hasattr(found, "ravel"):
            mask = getattr(values, "_mask", None)
            return zlib.crc32(repr((checksum(found), None if mask is None else checksum(mask))).encode())
    buffers = getattr(getattr(values, "_pa_array", None), "chunks", None)  # Arrow's own arrays
    return None if buffers is None else zlib.crc32(repr([chunk[:MOST_OBJECTS].to_pylist() for chunk in buffers]).encode("utf-8", "replace"))


def checksum(values: Any) -> int:
    """A checksum of what an array of numpy holds; of objects, of the builtin ones among the first."""
    if values.dtype.hasobject or values.dtype.kind == "T":
        return _of_objects(values.ravel()[:MOST_OBJECTS].tolist())
    values = values.T if values.flags.f_contiguous and not values.flags.c_contiguous else values
    return zlib.crc32(values.reshape(-1).view("u1") if values.flags.c_contiguous and values.size else values.tobytes())


def _of_objects(items: List[Any]) -> int:
    try:
        return zlib.crc32(marshal.dumps([item if id(type(item)) in NUMBERS_OF_ATOMS else class_name(type(item)) for item in items], 2))
    except ValueError:
        return 0


def _id(value: Any, number: Number) -> Dict[str, Any]:
    found = number(value)
    return {} if found is None else {"id": found}
