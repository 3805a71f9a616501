"""Iterations of instrumented loops: each is told of before it begins."""

from typing import Any, Callable


class Steps:
    """The iterations of a `for`: tells of each before it begins."""

    def __init__(self, tell: Callable[[int, int], None], number: int, iterable: Any) -> None:
        self._tell = tell
        self._number = number
        self._iterator = iter(iterable)
        self._is_first = True

    def __iter__(self) -> "Steps":
        return self

    def __next__(self) -> Any:
        if not self._is_first:
            self._tell(self._number, 2)
        self._is_first = False
        return next(self._iterator)


class AsyncSteps:
    """The iterations of an `async for`."""

    def __init__(self, tell: Callable[[int, int], None], number: int, iterable: Any) -> None:
        self._tell = tell
        self._number = number
        self._iterator = type(iterable).__aiter__(iterable)
        self._is_first = True

    def __aiter__(self) -> "AsyncSteps":
        return self

    def __anext__(self) -> Any:
        if not self._is_first:
            self._tell(self._number, 2)
        self._is_first = False
        return type(self._iterator).__anext__(self._iterator)
