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
PLACEHOLDER = "shortened: "
"""Before the part of a message: what is called for it takes the place of this constant."""


def lighten(application: Any) -> None:
    """Let a kernel's session write only what is read, and let its log make no records that nobody hears."""
    _shorten(application.session)
    stream = application.shell_stream
    stream.send_multipart = _replier(stream.name, application.channel)
    if sys.version_info >= (3, 8):
        application.log.debug = _debug(application.log, application.log.debug)


def _shorten(own: Session) -> None:
    """Let the kind of a message stand for its header, and the identity of its request for the parent header.

    The class's own method is given other code, so that no member of the session is seen that a started kernel hasn't.
    """

    def kind_alone(session: Session, header: Any) -> bytes:
        kind = header.get("msg_type") if session is own else None
        return kind.encode() if type(kind) is str and kind.isidentifier() and kind.isascii() else session.pack(header)

    def identity_alone(session: Session, header: Any) -> bytes:
        identity = header.get("msg_id", "") if session is own else None
        return identity.encode() if type(identity) is str and identity.isascii() and identity[:1] != "{" else session.pack(header)

    shortened = _shortened(Session.serialize, {"header": kind_alone, "parent_header": identity_alone})
    if shortened is not None:
        Session.serialize.__code__ = shortened


def _shortened(serialize: Any, calls: Dict[str, Callable[[Session, Any], bytes]]) -> Any:
    """The code of the method with other calls for these parts of a message; None where it isn't the method that is known.

    It keeps its file, its lines and its name: what can't be packed shows the same traceback. What is called stands among
    the constants of the code, as any other place would be seen.
    """
    try:
        lines, first = inspect.getsourcelines(serialize)
        tree = ast.parse("class Session:\n" + "".join(lines))
    except (OSError, SyntaxError):
        return None
    packing = [(node, part) for node in ast.walk(tree) if isinstance(node, ast.Call) for part in calls if _packs(node, part)]
    written = serialize.__code__
    if len(packing) != len(calls) or not hasattr(written, "replace"):
        return None
    for call, part in packing:
        session, place = call.func.value, call.func  # type: ignore[attr-defined]
        named = ast.copy_location(ast.Constant(value=PLACEHOLDER + part), place)
        call.func = ast.copy_location(ast.Attribute(value=named, attr="__call__", ctx=ast.Load()), place)
        call.args.insert(0, session)
    made: Dict[str, Any] = {}
    postponed = getattr(__future__, "annotations", None)  # else `bytes | None` is worked out, which Pythons before 3.10 can't
    flags = written.co_flags & getattr(postponed, "compiler_flag", 0)
    exec(compile(ast.increment_lineno(tree, first - 2), written.co_filename, "exec", flags, dont_inherit=True), serialize.__globals__, made)  # noqa: S102 - jupyter_client's own code
    code = made["Session"].serialize.__code__
    called = {PLACEHOLDER + part: call for part, call in calls.items()}
    return code.replace(co_consts=tuple(called.get(each, each) if type(each) is str else each for each in code.co_consts))


def _packs(call: ast.Call, part: str) -> bool:
    """Whether this is `self.pack(msg["header"])`, for the part `header`."""
    return ast.dump(call) == ast.dump(ast.parse("self.pack(msg[{!r}])".format(part)).body[0].value)  # type: ignore[attr-defined]


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
