"""Environments for Python 2.7, for which uv doesn't resolve: pip 20.3 through an index that knows the notebook's date.

pip's own resolver finds the set; what it is shown, a loopback index decides. The files that it takes are the lock.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from nbrepro.environments.locks.hashed_requirements import hashed_requirements
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution import python2_pip
from nbrepro.environments.resolution.loopback_index import LoopbackIndex
from nbrepro.environments.resolution.messages import unresolvable
from nbrepro.environments.resolution.python2_attempt import Attempt
from nbrepro.environments.resolution.python2_conflicts import causes, parties, unbuildable
from nbrepro.environments.resolution.python2_ladder import Ladder
from nbrepro.environments.resolution.python2_memory import PipAnswer, remembered
from nbrepro.environments.resolution.python2_needs import needed_by
from nbrepro.environments.resolution.python2_shelf import KNOWN_SOURCES, Shelf
from nbrepro.environments.resolution.reasons import as_taken, reasons
from nbrepro.environments.resolution.request import request_for
from nbrepro.environments.resolution.simple_index import IndexFile, SimpleIndex, machine_index
from nbrepro.environments.resolution.uv import without_addresses, without_credentials
from nbrepro.environments.scratch import scratch_folder
from nbrepro.errors import RequestError
from nbrepro.model import Deviation, EnvironmentSpec, Lock, LockedPackage

Progress = Callable[[str], None]
"""Is told in a few words what is being done."""
BUDGET = 900.0
"""Seconds that a resolution may take with everything that it tries."""
PATIENCE = 300.0
"""Seconds for the newest versions, most of which go into fetching."""
_PATIENCE_GOING_BACK = 90.0
"""Seconds for going back: where there is no solution, pip would try every combination."""
_IMPORTED_TO_BUILD = ("numpy", "cython")
"""What a setup.py imports without saying so, where it is wished; builds come after the wheels, and find it."""


def resolve_python2(
    spec: EnvironmentSpec,
    interpreter: Interpreter,
    *,
    allow_build: bool = False,
    on_progress: Progress | None = None,
    budget: float = BUDGET,
    index: SimpleIndex | None = None,
    again: bool = False,
) -> Lock:
    """The newest versions for Python 2.7 as of the notebook's date, with every departure from what is wished on record.

    Args:
        spec: what is wished, by whom, and as of which date.
        interpreter: a Python 2.7.
        allow_build: whether packages that have no wheel may be built from source, which runs their code. Without it only the few
            sources of `KNOWN_SOURCES` are built, which the kernel can't do without.
        on_progress: is told in a few words what is being done.
        budget: seconds that it may take.
        index: where the packages come from; None: the index that this machine is set to.
        again: whether pip is also asked what it was asked before.

    Returns:
        The lock `requirements.lock.txt`: requirements with hashes.

    Raises:
        UnresolvableError: nothing helped, or the time was over.
        RequestError: the interpreter is no Python 2.7, uv is missing, or the index can't be used.
        EnvironmentBuildError: the index can't be reached, or gives other files than it lists.
    """
    if interpreter.minor != "2.7":
        raise RequestError(f"pip 20.3 resolves for Python 2.7 here, and not for {interpreter.version}")
    tell = on_progress or _silent
    request = request_for(spec)
    attempt = Attempt(request.asked, spec.cut, interpreter, deviations=(*spec.deviations, *request.deviations))
    tell(f"resolving {len(attempt.asked)} wishes for Python {interpreter.version}")
    with scratch_folder("python2") as folder:
        python = python2_pip.make_virtual_environment(folder / "environment", interpreter)
        shelf = Shelf(index or machine_index(), python2_pip.supported_tags(python), interpreter.version)
        climb = _Climb(shelf, Ladder(shelf, allow_build), python, folder, time.monotonic() + budget, tell, again)
        solved, answer = climb.up(attempt)
        if answer.explanation:
            raise unresolvable(answer.explanation, attempt.asked)
        return _lock(solved, answer, shelf)


def _silent(_: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class _Climb:
    """One way up the ladder, with the pip that says whether the top is reached."""

    shelf: Shelf
    ladder: Ladder
    python: Path
    folder: Path
    deadline: float
    tell: Progress
    again: bool
    prepared: set[str] = field(default_factory=set)
    """Packages, with their versions, that sources find when they are asked what they need."""

    def up(self, attempt: Attempt) -> tuple[Attempt, PipAnswer]:
        """Loosens until there is a solution, or nothing is left to loosen, or the time is over."""
        attempt = self._told(attempt, self.ladder.stocked(attempt))
        while True:
            answer = self._answer(attempt)
            loosened = self.ladder.hurried(attempt, PATIENCE) if answer.is_late else None
            loosened = loosened or self.ladder.freed(attempt, answer.empty)
            if loosened is None and answer.explanation and not answer.is_late and time.monotonic() < self.deadline:
                loosened = self.ladder.settled(attempt, answer.explanation)
            if loosened is None:
                return attempt, answer
            attempt = self._told(attempt, self.ladder.stocked(loosened))

    def _answer(self, attempt: Attempt) -> PipAnswer:
        """The newest version of every wish if they go together, else what pip finds by going back, for which it has a limited time."""
        first = self._ask(attempt, min(self.deadline, time.monotonic() + PATIENCE), newest_only=True)
        if not first.explanation or first.is_late or self._has_no_choice(attempt, first.explanation):
            return first
        self.tell("looking for older versions that go together")
        second = self._ask(attempt, min(self.deadline, time.monotonic() + _PATIENCE_GOING_BACK), newest_only=False)
        # What stands against what, the first answer says in few words.
        return first if second.explanation else second

    def _has_no_choice(self, attempt: Attempt, explanation: str) -> bool:
        """Whether going back can't help: all that stands in the way comes in one version only."""
        concerned = parties(explanation) or unbuildable(explanation)
        return bool(concerned) and all(name in attempt.wished and len(self.shelf.fitting(attempt, name)) <= 1 for name in concerned)

    def _prepare(self, attempt: Attempt, index: LoopbackIndex, timeout: float) -> None:
        """Gives the sources what they import when they are asked what they need; without it they fail, and that is told."""
        for name in _IMPORTED_TO_BUILD if attempt.built else ():
            version = next(iter(self.shelf.fitting(attempt, name)), None) if name in attempt.wished - attempt.built else None
            if version is None or (wanted := f"{name}=={version}") in self.prepared:
                continue
            self.prepared.add(wanted)
            arguments = ["install", "--no-deps", "--only-binary", ":all:", wanted]
            writable = (self.python.parent.parent,)
            python2_pip.run_pip(
                self.python, arguments, attempt.interpreter, scratch=self.folder, writable=writable, index=index.url, timeout=timeout
            )

    def _told(self, before: Attempt, after: Attempt) -> Attempt:
        for deviation in after.deviations[len(before.deviations) :]:
            self.tell(str(deviation))
        return after

    def _ask(self, attempt: Attempt, until: float, *, newest_only: bool) -> PipAnswer:
        """The files that pip takes for an attempt, as it said before or says now."""
        question = (without_credentials(self.shelf.index.address), *_all_that_counts(attempt, newest_only=newest_only))
        ask = partial(self._asked, attempt, until, newest_only=newest_only)
        return remembered(question, attempt.cut, ask, again=self.again)

    def _asked(self, attempt: Attempt, until: float, *, newest_only: bool) -> PipAnswer:
        question = attempt.question()
        offer = partial(self.shelf.newest if newest_only else self.shelf.offered, attempt)
        (self.folder / "requirements.txt").write_text("\n".join(question.requirements), encoding="utf-8")
        (self.folder / "constraints.txt").write_text("\n".join(question.constraints), encoding="utf-8")
        shutil.rmtree(self.folder / "files", ignore_errors=True)
        arguments = ["download", "--dest", "files", "--requirement", "requirements.txt", "--constraint", "constraints.txt"]
        arguments += ["--use-feature=2020-resolver", "--no-build-isolation", "--timeout", "600", "--retries", "0"]
        with LoopbackIndex(offer, self.shelf.index.content) as index:
            remaining = max(1.0, until - time.monotonic())
            try:
                self._prepare(attempt, index, remaining)
                remaining = max(1.0, until - time.monotonic())
                done = python2_pip.run_pip(
                    self.python, arguments, attempt.interpreter, scratch=self.folder, index=index.url, timeout=remaining
                )
            except subprocess.TimeoutExpired:
                bounds = ", ".join(str(one) for one in attempt.asked if one.requirement.specifier) or "what is wished"
                said = f"pip found nothing that satisfies {bounds} within {remaining:.0f} s"
                return PipAnswer((), said, tuple(index.empty), is_late=True)
        if index.problems:
            raise index.problems[0]
        if done.returncode != 0:
            said = "\n".join(filter(None, (done.stderr.strip(), causes(done.stdout))))
            explanation = without_addresses(said) or f"pip ended with code {done.returncode}"
            return PipAnswer((), explanation, tuple(index.empty), is_certain=bool(parties(explanation)))
        names = {path.name for path in (self.folder / "files").iterdir()}
        taken = ((file.project, file.name) for file in index.offered.values() if file.name in names)
        return PipAnswer(tuple(sorted(taken)), "", tuple(index.empty))


def _all_that_counts(attempt: Attempt, *, newest_only: bool) -> Iterator[object]:
    """Everything on which pip's answer depends besides the index; where a wish stands makes no difference to it."""
    question = attempt.question()
    yield from (question.requirements, question.constraints, question.cut, sorted(question.undated))
    yield from (question.floating_cut, sorted(question.floating))
    yield from (sorted(attempt.wished), sorted(attempt.built), sorted(attempt.early), attempt.extra, attempt.interpreter.version)
    yield from (sorted((one.name, *one.hashes) for one in attempt.asked if one.hashes), newest_only)


def _lock(attempt: Attempt, answer: PipAnswer, shelf: Shelf) -> Lock:
    """The lock of a solution, with the reasons for every version."""
    files = tuple(file for project, name in answer.files for file in shelf.usable(project) or () if file.name == name)
    taken = as_taken(attempt.deviations, attempt.extra, {file.project: str(file.version) for file in files})
    deviations = (*taken, *_known_sources(files), *_held_back(attempt, files, shelf))
    via = needed_by({file.project: shelf.index.content(file) for file in files})
    lines = (f"{file.project}=={file.version}  # via {', '.join(via[file.project]) or '-'}" for file in files)
    because = reasons("\n".join(lines), attempt.asked, attempt.question(), deviations)
    packages = (
        LockedPackage(
            file.project,
            str(file.version),
            hashes=(f"sha256:{file.sha256}",),
            uploaded=file.uploaded,
            size=file.size,
            is_wheel=file.is_wheel,
            because=because.get(file.project, ()),
        )
        for file in files
    )
    return hashed_requirements(
        packages, python=attempt.interpreter.version, platform=sysconfig.get_platform(), cut=attempt.cut, deviations=deviations
    )


def _known_sources(files: tuple[IndexFile, ...]) -> Iterator[Deviation]:
    names = ", ".join(KNOWN_SOURCES[file.sha256] for file in files if file.sha256 in KNOWN_SOURCES)
    if names:
        yield Deviation("known-sources-built", f"{names}: no wheels exist for Python 2.7; these files, known by their hashes, are built")


def _held_back(attempt: Attempt, files: tuple[IndexFile, ...], shelf: Shelf) -> Iterator[Deviation]:
    """Wished packages of which something newer existed on that day: pip walks back without a word."""
    for file in files:
        if file.project not in attempt.wished:
            continue
        newest = next(iter(shelf.fitting(attempt, file.project)), file.version)
        with_sources = replace(attempt, built=attempt.built | {file.project})
        newest_source = next(iter(shelf.fitting(with_sources, file.project)), file.version)
        if newest > file.version:
            message = f"{file.project} {newest} existed on that day, but the other packages allow only {file.version}"
            yield Deviation("held-back", message)
        elif newest_source > file.version:
            message = (
                f"{file.project} {newest_source} existed on that day, but only as source; {file.version} is the newest that has a wheel"
            )
            yield Deviation("older-wheel", message)
