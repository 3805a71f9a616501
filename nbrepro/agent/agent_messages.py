"""Messages made with less work than ipykernel takes for them: what nobody reads at the other end isn't written.

The client of a forked kernel wants to know the kind of a message, the request that it answers, and its content.
"""

import __future__

import ast
import asyncio
import inspect
import logging
import sys
from typing import Any, Callable, Dict, List

from agent_channel import Channel
from jupyter_client.session import Session

EXECUTE_REPLY = b"execute_reply"
SHORTENED = {"header": "kind_alone", "parent_header": "identity_alone"}
"""Parts of a message, and what makes them shorter."""


def lighten(application: Any) -> None:
    """Let a kernel's session write only what is read, and let its log make no records that nobody hears."""
    _shorten(application.session)
    stream = application.shell_stream
    stream.send_multipart = _replier(stream.name, application.channel)
    if sys.version_info >= (3, 8):
        application.log.debug = _debug(application.log, application.log.debug)


def _shorten(session: Session) -> None:
    """Let the kind of a message stand for its header, and the identity of its request for the parent header."""
    serialize = _shortening(Session.serialize)
    if serialize is None:
        return

    def kind_alone(header: Any) -> bytes:
        kind = header.get("msg_type")
        return kind.encode() if type(kind) is str and kind.isidentifier() and kind.isascii() else session.pack(header)

    def identity_alone(header: Any) -> bytes:
        identity = header.get("msg_id", "")
        return identity.encode() if type(identity) is str and identity.isascii() and identity[:1] != "{" else session.pack(header)

    session.kind_alone, session.identity_alone = kind_alone, identity_alone
    session.serialize = serialize.__get__(session)


def _shortening(serialize: Any) -> Any:
    """The method that calls something else for two parts of a message; None where it isn't the method that is known.

    It keeps its file, its lines and its name: what can't be packed shows the same traceback.
    """
    try:
        lines, first = inspect.getsourcelines(serialize)
        tree = ast.parse("class Session:\n" + "".join(lines))
    except (OSError, SyntaxError):
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _packed(node) in SHORTENED]
    if len(calls) != len(SHORTENED) or not hasattr(str, "isascii"):
        return None
    for call in calls:
        call.func.attr = SHORTENED[_packed(call)]  # type: ignore[attr-defined]
    made: Dict[str, Any] = {}
    written = serialize.__code__
    postponed = getattr(__future__, "annotations", None)  # else `bytes | None` is worked out, which Pythons before 3.10 can't
    flags = written.co_flags & getattr(postponed, "compiler_flag", 0)
    exec(compile(ast.increment_lineno(tree, first - 2), written.co_filename, "exec", flags, dont_inherit=True), serialize.__globals__, made)  # noqa: S102 - jupyter_client's own code
    return made["Session"].serialize


def _packed(call: ast.Call) -> str:
    """Of `self.pack(msg["header"])` the word `header`; empty for any other call."""
    words = ast.dump(call)
    return next((name for name in SHORTENED if words == ast.dump(ast.parse("self.pack(msg[{!r}])".format(name)).body[0].value)), "")  # type: ignore[attr-defined]


def _replier(name: bytes, channel: Channel) -> Callable[..., None]:
    """`send_multipart` of the stream of replies. That of a cell is followed by word that the kernel is idle: they go together."""

    def send_multipart(frames: List[bytes], *_: Any, **__: Any) -> None:
        is_held = EXECUTE_REPLY in frames
        channel.send(name, frames, is_held)
        if is_held:  # where the other one doesn't come, because a program has broken what comes between: as soon as the loop goes on
            asyncio.get_event_loop().call_soon(channel.flush)

    return send_multipart


def _debug(log: Any, debug: Callable[..., None]) -> Callable[..., None]:
    """`Logger.debug` that looks first whether anybody hears it: ipykernel's log takes everything, and its handler next to nothing."""

    def heard(message: Any, *arguments: Any, **named: Any) -> None:
        if log.propagate or any(handler.level <= logging.DEBUG for handler in log.handlers):
            debug(message, *arguments, **{"stacklevel": 2, **named})

    return heard
