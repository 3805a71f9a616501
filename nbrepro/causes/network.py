"""A host that could not be reached: for want of a network, or for a fault on the way."""

from __future__ import annotations

import re

from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances
from nbrepro.causes.failing import Failing
from nbrepro.causes.messages import NO_NETWORK

_ANSWERED = re.compile(r"HTTP Error (\d{3})|(\d{3}) (?:Client|Server) Error")
_HOST = re.compile(r"host='([\w.-]+)'|resolve '([\w.-]+)'|Could not resolve host: ([\w.-]+)|https?://([\w.-]+)")
_DOWNLOAD = re.compile(r"^[ \t]*[!%].*\b(?:wget|curl|gdown|kaggle|git clone|gsutil|aws s3)\b|urlretrieve\(|requests\.get\(", re.MULTILINE)


def no_network(failing: Failing, known: Circumstances) -> Cause | None:
    """A connection that could not be made, or that was answered with an error."""
    refused = NO_NETWORK.search(failing.message)
    answered = _ANSWERED.search(failing.message)
    if refused is None and answered is None:
        return None
    host = host_in(failing.message) or host_in(failing.step.source)
    where = host or "another machine"
    evidence = (("error", failing.quoted), *((("host", host),) if host else ()))
    if refused is not None and known.network is False:
        message = f"the notebook needs the network ({where}), and the run had none"
        return Cause("no-network", message, Certainty.STATED, failing.step.index, host, (*evidence, ("network", "none in the run")))
    said = f"{where} answered {answered[1] or answered[2]}" if answered else f"no connection to {where} could be made"
    return Cause("unreachable-host", said, Certainty.STATED, failing.step.index, host, evidence)


def host_in(text: str) -> str:
    """The first host that a text names; empty where it names none.

    >>> host_in("HTTPSConnectionPool(host='example.org', port=443): Max retries exceeded")
    'example.org'
    """
    found = _HOST.search(text)
    return next((part for part in found.groups() if part), "") if found else ""


def download_before(failing: Failing) -> int | None:
    """The last cell, up to the one that failed, that downloads something; None where none does."""
    found = [step.index for step in failing.observed.steps if step.index <= failing.step.index and _DOWNLOAD.search(step.source)]
    return found[-1] if found else None
