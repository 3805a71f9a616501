"""Addresses without the secrets that people leave in them."""

from __future__ import annotations

import re

_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z0-9+.\-]{0,20})://(?P<rest>\S*)")
_SECRET_PARAMETER = re.compile(r"(?i)(?<=[?&])[\w.\-]*(?:token|key|secret|passw|pwd|sig|auth|credential|amz-|sas)[\w.\-]*=[^&#\s]*&?")
_CONDA_TOKEN = re.compile(r"/t/[^/\s]+/")
_PUBLIC_USER = "git"
"""The account under which every forge serves ssh: no secret, and the address doesn't work without it."""
_DEFAULT_HOSTS = frozenset({"pypi.org", "pypi.python.org", "pypi.io"})


def without_credentials(text: str) -> str:
    """The text with user names, passwords and tokens taken out of each address in it.

    >>> without_credentials("git+https://me:s3cret@example.org/a.git@v1#egg=a")
    'git+https://example.org/a.git@v1#egg=a'
    >>> without_credentials("--extra-index-url https://${TOKEN}@example.org/simple?token=x")
    '--extra-index-url https://example.org/simple'
    """
    return _AUTHORITY.sub(_clean, text)


def _clean(found: re.Match[str]) -> str:
    scheme, rest = found["scheme"], found["rest"]
    host_end = _host_start(rest)
    user, rest = rest[:host_end].removesuffix("@"), rest[host_end:]
    kept = f"{_PUBLIC_USER}@" if user == _PUBLIC_USER and scheme.endswith("ssh") else ""
    cleaned = _SECRET_PARAMETER.sub("", _CONDA_TOKEN.sub("/", rest))
    return f"{scheme}://{kept}{re.sub(r'[?&](?=#|$)', '', cleaned)}"


def _host_start(rest: str) -> int:
    """Where the host begins: after the last `@` of the part before the path."""
    authority = re.match(r"[^/?#]*", rest)
    end = authority.end() if authority else 0
    _, colon, port = rest[:end].rpartition(":")
    if colon and "@" not in rest[:end] and not re.fullmatch(r"\d*|[\da-fA-F:.]*\]|[\da-fA-F.]*", port.strip("'\"")):
        # No port is written like this: it is a password with a slash, a question mark, a hash or a blank in it.
        return max(rest.rfind("@") + 1, end if "@" not in rest else 0)
    return rest.rfind("@", 0, end) + 1


def is_default_index(address: str) -> bool:
    """Whether an index is the one that every installer uses unless told otherwise.

    >>> is_default_index("https://pypi.python.org/simple/"), is_default_index("https://example.org/simple")
    (True, False)
    """
    host = re.sub(r"^[A-Za-z]+://([^@/]*@)?", "", address).partition("/")[0].partition(":")[0]
    return host.lower() in _DEFAULT_HOSTS
