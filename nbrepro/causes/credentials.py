"""A variable of the author's account, such as a key of a service."""

from __future__ import annotations

import re

from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances
from nbrepro.causes.failing import Failing

_READ = re.compile(r"environ(?:\.get\(|\[)\s*['\"](\w+)['\"]|getenv\(\s*['\"](\w+)['\"]")


def no_credentials(failing: Failing, known: Circumstances) -> Cause | None:  # noqa: ARG001 - the signature of a rule
    """A variable of the environment that the cell reads and that isn't set."""
    name = failing.message.strip("'\"")
    read = {part for match in _READ.finditer(failing.step.source) for part in match.groups() if part}
    if failing.kind != "KeyError" or name not in read:
        return None
    message = f"the variable {name} of the author's account is not set"
    return Cause("no-credentials", message, Certainty.STATED, failing.step.index, name, (("variable", name),))
