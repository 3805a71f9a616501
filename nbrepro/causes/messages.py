"""What Python and its libraries say when something is absent."""

from __future__ import annotations

import re
from typing import Final

IMPORT_ERRORS: Final = frozenset({"ModuleNotFoundError", "ImportError"})
NO_MODULE: Final = re.compile(r"No module named '?([\w.]+)'?")
NO_NAME: Final = re.compile(r"cannot import name '?(\w+)'?(?: from (?:partially initialized module )?'([\w.]+)')?")
NO_NETWORK: Final = re.compile(
    r"Name or service not known|name resolution|NameResolutionError|nodename nor servname|getaddrinfo failed|Could not resolve host"
    r"|No address associated with hostname|Failed to resolve|Network is unreachable|No route to host|ConnectTimeout"
    r"|Failed to establish a new connection|Tunnel connection failed|Cannot connect to proxy"
    r"|urlopen error (?:timed out|\[Errno 11[01]\])"
)
"""What resolvers and sockets say, and what urllib, requests and the libraries above them pass on."""
