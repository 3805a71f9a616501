"""What stands in the place of a function without a definition: it asks, and gives or raises what the answer says."""

import builtins
import functools
import inspect
import re
import sys
import types
from typing import Any, Callable, Dict, Optional, Tuple

from emulator_answers import PLAIN, built
from emulator_channel import Channel
from emulator_values import Description

SOURCES = ("<program>",)
REFUSED = (ValueError, SyntaxError, TypeError, RecursionError, MemoryError)


class EmulationError(Exception):
    """A call of a function without a definition has got no answer that can be read."""


class StoppedError(BaseException):
    """Whoever answers wants the program to end."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


class Stubs:
    """Makes functions that ask."""

    def __init__(self, channel: Channel, flush: Callable[[], None], names: Dict[str, Any], characters: int) -> None:
        self._channel = channel
        self._flush = flush
        self._names = names
        self._characters = characters

    def named(self, name: str, is_async: bool) -> Callable[..., Any]:
        """A function of which only the name is known."""
        return self._made(name, None, is_async)

    def instead(self, name: str) -> Callable[[Any], Any]:
        """A decorator for a function that has a head and no body."""

        def decorate(function: Any) -> Any:
            return functools.wraps(function)(self._made(name, function, inspect.iscoroutinefunction(function)))

        return decorate

    def _made(self, name: str, function: Any, is_async: bool) -> Callable[..., Any]:
        def emulated(*arguments: Any, **keywords: Any) -> Any:
            return self._ask(name, function, arguments, keywords)

        async def awaited(*arguments: Any, **keywords: Any) -> Any:
            return self._ask(name, function, arguments, keywords)

        made = awaited if is_async else emulated
        made.__name__, made.__qualname__ = name.rpartition(".")[2], name
        return made

    def _ask(self, name: str, function: Any, arguments: Tuple[Any, ...], keywords: Dict[str, Any]) -> Any:
        question, returns = self._question(name, function, arguments, keywords)
        self._flush()
        while True:
            answer = self._channel.ask(question)
            kind = answer["k"]
            if kind == "stop":
                raise StoppedError(answer["status"], answer["message"])
            if kind == "problem":
                raise EmulationError("%s: %s" % (name, answer["message"]))
            try:
                value = self._raised(answer) if kind == "raise" else built(answer["text"], lambda known: self._class(known, returns))
            except REFUSED as error:
                value, question = None, {**question, "refused": "%s: %s" % (type(error).__name__, error)}
                continue
            if kind == "raise":
                raise value
            return value

    def _question(self, name: str, function: Any, arguments: Tuple[Any, ...], keywords: Dict[str, Any]) -> Tuple[Dict[str, Any], str]:
        head, returns = "", ""
        if function is not None:
            signature = inspect.signature(function)
            signature.bind(*arguments, **keywords)  # raises TypeError, as a call with wrong arguments does
            head, returns = _head(function, signature), _annotation(signature)
        description = Description(self._characters)
        question = {
            "k": "call",
            "function": name,
            "arguments": [description.of(value) for value in arguments],
            "keywords": {key: description.of(keywords[key]) for key in sorted(keywords)},
            "line": line_of_caller(),
            "head": head,
            "doc": inspect.getdoc(function) or "" if function is not None else "",
            "returns": returns,
            "definitions": description.definitions,
            "digest": description.digest(),
        }
        return question, returns

    def _class(self, name: str, returns: str) -> Any:
        """A class of the program, where the annotation names it, or one of the standard library."""
        found = self._names.get(name)
        return found if isinstance(found, type) and name in re.findall(r"\w+", returns) else PLAIN.get(name)

    def _raised(self, answer: Dict[str, Any]) -> BaseException:
        kind = self._names.get(answer["type"], getattr(builtins, answer["type"], None))
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise ValueError("no exception has the name %s" % answer["type"])  # noqa: TRY004 - it is the text that is wrong
        found: BaseException = kind(*built(answer["arguments"], PLAIN.get))
        return found


def line_of_caller() -> Optional[int]:
    """The line of the program that runs; None where none does, as in a thread that has just begun."""
    frame: Optional[types.FrameType] = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename in SOURCES:
            return frame.f_lineno
        frame = frame.f_back
    return None


def _head(function: Any, signature: inspect.Signature) -> str:
    return "%sdef %s%s" % ("async " if inspect.iscoroutinefunction(function) else "", function.__name__, signature)


def _annotation(signature: inspect.Signature) -> str:
    found = signature.return_annotation
    return "" if found is signature.empty else found if isinstance(found, str) else inspect.formatannotation(found)
