"""A name that is not bound: hidden state, by which notebooks ran for their authors and run for nobody else."""

from __future__ import annotations

import re
from typing import Final

from nbrepro.causes.bindings import bindings_of
from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances
from nbrepro.causes.failing import Failing
from nbrepro.model import Step, StepStatus

_NOT_DEFINED = re.compile(r"name '(\w+)' is not defined")
PYTHON_2_NAMES: Final = frozenset(
    {"basestring", "buffer", "cmp", "coerce", "execfile", "intern", "long", "raw_input", "reduce", "reload", "unichr", "unicode", "xrange"}
)
"""Built-in names of Python 2 that Python 3 has not. https://docs.python.org/3/whatsnew/3.0.html#builtins"""


def undefined_name(failing: Failing, known: Circumstances) -> Cause | None:  # noqa: ARG001 - the signature of a rule
    """A name that no cell before had bound when it was read."""
    found = _NOT_DEFINED.search(failing.message)
    # A name that is missing inside of a library is the library's matter.
    if failing.kind != "NameError" or found is None or failing.library is not None:
        return None
    name, place = found[1], failing.step.index
    binders = [step for step in failing.observed.steps if name in bindings_of(step.source).binds]
    if not binders:
        return _never_defined(failing, name)
    earlier = [step for step in binders if step.index < place]
    if earlier:
        return _earlier_failure(failing, name, earlier)
    return _defined_later(failing, name, [step for step in binders if step.index > place])


def _never_defined(failing: Failing, name: str) -> Cause | None:
    if name in PYTHON_2_NAMES:
        return Cause("python-2-code", f"{name} is a built-in of Python 2", Certainty.STATED, failing.step.index, name, (("name", name),))
    if any(bindings_of(step.source).is_open for step in failing.observed.steps):
        return None
    message = f"no cell binds {name}: a cell that did was changed or deleted after it ran"
    return Cause("never-defined", message, Certainty.LIKELY, failing.step.index, name, (("name", name),))


def _earlier_failure(failing: Failing, name: str, earlier: list[Step]) -> Cause | None:
    if any(step.status is StepStatus.COMPLETED for step in earlier):
        return None
    failed = next((step for step in earlier if step.status is not StepStatus.NOT_RUN), None)
    if failed is None:
        return None
    evidence = (("name", name), ("bound in", f"cell {failed.index + 1}"))
    message = f"cell {failed.index + 1}, which binds {name}, failed before"
    return Cause("earlier-failure", message, Certainty.STATED, failing.step.index, name, evidence)


def _defined_later(failing: Failing, name: str, later: list[Step]) -> Cause | None:
    if not later:
        return None  # bound in the cell itself, after it is read
    counts = {step.index: step.execution_count for step in failing.saved.steps}
    own, binder = counts.get(failing.step.index), later[0]
    other = counts.get(binder.index)
    evidence = [("name", name), ("bound in", f"cell {binder.index + 1}")]
    if own is not None and other is not None:
        evidence.append(("saved execution counts", f"{own} where it is read, {other} where it is bound"))
    ran_before = own is not None and other is not None and other < own
    message = f"{name} is bound only in a later cell ({binder.index + 1})" + (", which the author ran first" if ran_before else "")
    return Cause("defined-later", message, Certainty.STATED if ran_before else Certainty.LIKELY, failing.step.index, name, tuple(evidence))
