"""Where an endpoint stands, and what of it is a secret: secrets are sent to the server and appear nowhere else."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit, urlunsplit

from nbrepro.errors import RequestError

HIDDEN = "[secret]"
SHORTEST = 4
"""Anything shorter would also hide parts of ordinary words."""


@dataclass(frozen=True, slots=True)
class Address:
    """An endpoint's URL, taken apart into what may be shown and what may not.

    >>> address = Address.parse("https://me:pass-word@example.org/v1?api-version=2&key=abcd")
    >>> address
    Address(shown='https://example.org/v1')
    >>> address.hide("401: key abcd is unknown")
    '401: key [secret] is unknown'
    """

    shown: str
    """Without user, password and query."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """User and password of the URL, as the header that carries them."""
    key: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Every text that must not be shown, the longest first."""

    @classmethod
    def parse(cls, url: str, key: str | None = None) -> Address:
        """Take a URL apart.

        Raises:
            RequestError: it is no URL of a web server, or the key can't stand in a header.
        """
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise RequestError("the endpoint's URL can't be read: expected something like http://127.0.0.1:8000/v1") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise RequestError("the endpoint's URL is no web address: expected something like http://127.0.0.1:8000/v1")
        if key is not None and not (key.isascii() and key.isprintable()):
            raise RequestError("the key has characters that no HTTP header can hold: look for a line end or a typographic quote in it")
        place = f"[{host}]" if ":" in host else host
        shown = urlunsplit((parts.scheme, place if port is None else f"{place}:{port}", parts.path.rstrip("/"), "", ""))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        pair = base64.b64encode(f"{user}:{password}".encode()).decode() if user or password else ""
        headers = {"Authorization": f"Basic {pair}"} if pair else {}
        return cls(shown, query, headers, key, _secrets(key or "", pair, user, password, *query.values()))

    def hide(self, text: str) -> str:
        """The text without any secret in it."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text


def _secrets(*values: str) -> tuple[str, ...]:
    """Everything to hide, also as it is written inside a URL."""
    written = {spelling for value in values for spelling in (value, quote(value), quote(value, safe=""), quote_plus(value))}
    return tuple(sorted((value for value in written if len(value) >= SHORTEST), key=len, reverse=True))


class HidingFilter(logging.Filter):
    """Keeps secrets out of what the HTTP libraries log: some of them log whole URLs."""

    LOGGERS = ("openai", "openai._base_client", "httpx", "httpx2")

    def __init__(self, address: Address) -> None:
        super().__init__()
        self.address = address

    @classmethod
    def install(cls, address: Address) -> None:
        """Watch the loggers of the client and of the HTTP libraries below it, once for each set of secrets."""
        if not address.secrets:
            return
        for logger in map(logging.getLogger, cls.LOGGERS):
            if not any(isinstance(known, cls) and known.address.secrets == address.secrets for known in logger.filters):
                logger.addFilter(cls(address))

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite a record that holds a secret; none is dropped."""
        message = record.getMessage()
        hidden = self.address.hide(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        if record.exc_info:  # older clients log the errors of the HTTP library, which name the whole URL
            told = logging.Formatter().formatException(record.exc_info)
            if self.address.hide(told) != told:
                record.exc_text, record.exc_info = self.address.hide(told), None
        return True
