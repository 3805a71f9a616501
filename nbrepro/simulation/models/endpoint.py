"""A model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from nbrepro.errors import MissingExtraError
from nbrepro.simulation.models import stopping
from nbrepro.simulation.models.addresses import Address, HidingFilter
from nbrepro.simulation.models.forms import Form
from nbrepro.simulation.models.identity import hash_of
from nbrepro.simulation.models.protocol import Completion, Prompt
from nbrepro.simulation.models.replies import Reply
from nbrepro.simulation.models.retrying import Failure, Patience, is_passing

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

KEY_VARIABLES = ("NBREPRO_MODEL_KEY", "OPENAI_API_KEY")
URL_VARIABLES = ("NBREPRO_MODEL_URL", "OPENAI_BASE_URL")
DEFAULT_URL = "https://api.openai.com/v1"
_SLUGS = {
    400: "bad-request",
    401: "unauthorized",
    403: "unauthorized",
    404: "not-found",
    408: "time-out",
    422: "bad-request",
    429: "rate-limit",
}
_LONGEST_WORDS = 400
_MOST_BYTES = 16 * 2**20
"""What no answer of a model comes near."""


class Endpoint:
    """A model that is asked over the network. Answers are streamed, so that a connection that breaks leaves what came.

    Args:
        name: the model, as the server calls it.
        url: root of the API, such as `http://127.0.0.1:8000/v1`; by default NBREPRO_MODEL_URL, OPENAI_BASE_URL, else OpenAI's own.
        key: by default NBREPRO_MODEL_KEY, else OPENAI_API_KEY; a server that wants none may be asked without.
            It is sent to the server and appears nowhere else.
        timeout: seconds that the server may be silent.
        longest: seconds that one answer may take, from request to end.
        retries: how often to ask again after 408, 409, 425, 429, 5xx, a time-out or a broken connection. `patience` says how long to wait.

    Raises:
        MissingExtraError: the `openai` client is not installed.
        RequestError: the URL or the key can't be used.
    """

    def __init__(
        self,
        name: str,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 120.0,
        longest: float = 900.0,
        retries: int = 5,
        patience: Patience | None = None,
    ) -> None:
        self.name = name
        self._place = Address.parse(url or _variable(URL_VARIABLES) or DEFAULT_URL, (key or _variable(KEY_VARIABLES) or "").strip() or None)
        self._timeout = timeout
        self._longest = longest
        self._patience = patience or Patience(retries)
        self._form = Form()
        self._refused_schemas: set[str] = set()
        self._lock = Lock()
        self._client: OpenAI | None = None
        if find_spec("openai") is None:
            raise MissingExtraError("asking a model over the network", "llm")
        HidingFilter.install(self._place)

    @property
    def address(self) -> str:
        """The URL without credentials."""
        return self._place.shown

    def close(self) -> None:
        """Close the connections that are kept open for further prompts; `with` does it at its end."""
        if self._client is not None:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r}, {self.address!r})"

    def complete(self, prompt: Prompt) -> Completion:
        """Ask, and ask again where that may help. What a server or a network does is never raised: it is the completion's problem."""
        started = time.monotonic()
        form = self._form_for(prompt)
        best, attempts, wordings = Reply(), 0, 0
        while True:
            attempts += 1
            reply, failure = self._request(form.body(prompt, self.name))
            best = reply if len(reply.text) >= len(best.text) else best
            if failure is None:
                self._learn(form, prompt)
                best = reply
                break
            other = form.after(failure, prompt)
            if other is not None:
                form, wordings = other, wordings + 1
                continue
            pause = None if stopping.is_stopped() else self._patience.pause(failure, attempts - wordings)
            if pause is None:
                break
            stopping.pause(pause)
            if stopping.is_stopped():
                failure = replace(failure, slug="interrupted", words=f"stopped while waiting to ask again ({failure.problem})")
                break
        return self._completion(best, failure, attempts, time.monotonic() - started, form.missing(prompt))

    def _completion(self, reply: Reply, failure: Failure | None, attempts: int, seconds: float, left_out: tuple[str, ...]) -> Completion:
        problem = None if failure is None else self._shown(failure)
        return Completion(reply.text, reply.finish, reply.usage, problem, attempts, seconds, left_out=left_out)

    def _shown(self, failure: Failure) -> str:
        """The problem on one line, not too long, without secrets."""
        words = " ".join(self._place.hide(failure.words).split())
        return f"{failure.slug}: {words if len(words) <= _LONGEST_WORDS else words[:_LONGEST_WORDS] + '…'}"

    def _form_for(self, prompt: Prompt) -> Form:
        with self._lock:
            is_refused = prompt.schema is not None and hash_of(dict(prompt.schema)) in self._refused_schemas
            return replace(self._form, left_out=self._form.left_out | {"schema"}) if is_refused else self._form

    def _learn(self, form: Form, prompt: Prompt) -> None:
        """Remember which wording was accepted, so that the next prompts are worded so at once."""
        with self._lock:
            if "schema" in form.left_out and prompt.schema is not None:
                self._refused_schemas.add(hash_of(dict(prompt.schema)))
            self._form = self._form.joined(replace(form, left_out=form.left_out - {"schema"}))

    def _request(self, body: dict[str, Any]) -> tuple[Reply, Failure | None]:
        reply = Reply()
        try:
            overdue = self._read(body, reply)
        except Exception as error:  # noqa: BLE001 - reading raises whatever the client's HTTP library raises, and no answer may be lost
            return reply, reply.failure() if reply.is_over else self._failure(error, reply)
        if overdue is not None:
            return reply, overdue
        reply.end()
        return reply, reply.failure()

    def _read(self, body: dict[str, Any], reply: Reply) -> Failure | None:
        end, size = time.monotonic() + self._longest, 0
        with self._connected().chat.completions.with_streaming_response.create(**body) as response:
            for received in response.iter_bytes():
                reply.feed(received)
                size += len(received)
                if reply.is_done:
                    return None
                if stopping.is_stopped():
                    return Failure("interrupted", "stopped before the answer was whole")
                if size > _MOST_BYTES:
                    return Failure("malformed", f"the server sent more than {_MOST_BYTES >> 20} MiB")
                if time.monotonic() > end:
                    return Failure("time-out", f"the answer took more than {self._longest:g} s")
        return None

    def _failure(self, error: Exception, reply: Reply) -> Failure:
        """What an exception of the client, or of the HTTP library below it, says."""
        import openai

        if isinstance(error, openai.APIStatusError):
            return _status_failure(error)
        if isinstance(error, openai.APITimeoutError) or "Timeout" in type(error).__name__:
            return Failure("time-out", f"the server was silent for {self._timeout:g} s", is_passing=True)
        cause = error.__cause__ or error
        if isinstance(error, openai.APIConnectionError) or type(error).__module__.partition(".")[0] in {"httpx", "httpx2"}:
            if reply.text:
                return Failure("cut-off", f"the connection broke within the answer: {cause}", is_passing=True)
            return Failure("connection", f"no answer from {self.address}: {cause}", is_passing=True)
        return Failure("request", f"{type(error).__name__}: {error}")

    def _connected(self) -> OpenAI:
        """The client, made for the first request: importing it takes longer than reading a hundred answers from a cache."""
        with self._lock:
            if self._client is None:
                from openai import OpenAI

                self._client = OpenAI(
                    api_key=self._place.key or "no-key",  # the client insists on one, servers without keys ignore it
                    base_url=self.address,
                    timeout=self._timeout,
                    max_retries=0,  # so that there is one policy, and every request is counted
                    default_headers=dict(self._place.headers),
                    default_query=dict(self._place.query),
                )
            return self._client


def _variable(names: tuple[str, ...]) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _status_failure(error: APIStatusError) -> Failure:
    status = error.status_code
    slug = _SLUGS.get(status, "server-error" if is_passing(status) else "bad-request")
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    body = error.body if isinstance(error.body, dict) else {}
    words = f"{status} {body.get('message') or error.body or error.message}"
    is_paid_up = body.get("code") != "insufficient_quota"  # a 429 like that of too many requests, but waiting doesn't help
    return Failure(slug, words, status, headers, is_passing(status) and is_paid_up, str(body.get("param") or ""))
