"""Why runs failed: each rule by what the run recorded, and by what else is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from harness import Example, code
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.causes import CAUSES, Cause, Certainty, Circumstances, Fate, FileFate
from nbrepro.causes.explaining import causes_of
from nbrepro.causes.failing import Failing
from nbrepro.comparison import compare
from nbrepro.model import ErrorOutput, Execution, Failure, FailureKind, Origin, StepStatus

STATED, LIKELY, POSSIBLE = Certainty.STATED, Certainty.LIKELY, Certainty.POSSIBLE
IN_PANDAS = "/x/lib/python3.8/site-packages/pandas/io/parsers.py in read(self)\n-> 1 fail()\n"
IN_CELL = "<ipython-input-1-abcdef> in <module>\n----> 1 f()\n"


def cause_of_error(
    cells: tuple[str, ...],
    name: str,
    value: str,
    known: Circumstances | None = None,
    *,
    traceback: str = "",
    deviations: tuple[str, ...] = (),
    counts: tuple[int | None, ...] = (),
) -> Cause | None:
    """The cause of an error in the last cell that says so: `cells` are the sources, the failing one marked by a leading `>`."""
    sources = [source.removeprefix(">") for source in cells]
    failing = next((number for number, source in enumerate(cells) if source.startswith(">")), len(cells) - 1)
    numbers = counts or tuple(range(1, len(cells) + 1))
    saved = Example(cells=[code(source, count=count) for source, count in zip(sources, numbers, strict=True)]).document().saved_execution()
    error = ErrorOutput(name, value, tuple(f"{traceback}{name}: {value}".splitlines()))
    steps = tuple(
        replace(step, status=StepStatus.COMPLETED) if step.index < failing
        else replace(step, outputs=(error,), status=StepStatus.FAILED) if step.index == failing
        else step.as_not_run()
        for step in saved.steps
    )  # fmt: skip
    failure = Failure(FailureKind.STEP_ERROR, f"{name}: {value}", failing, (("error", name),))
    observed = replace(saved, origin=Origin.RERUN, steps=steps, failure=failure, deviations=deviations)
    found = causes_of(compare(saved, observed), known or Circumstances())
    assert len(found) <= 1
    return found[0] if found else None


ERRORS: tuple[tuple[str, str, str, Any], ...] = (
    ("import sklearn", "ModuleNotFoundError", "No module named 'sklearn'", ("missing-module", "scikit-learn", STATED)),
    ("import yaml", "ImportError", "No module named yaml", ("missing-module", "pyyaml", STATED)),
    ("import our_tools", "ModuleNotFoundError", "No module named 'our_tools'", ("missing-module", "our_tools", STATED)),
    ("f()", "DistributionNotFound", "The 'cmapPy' distribution was not found and is required", ("missing-module", "cmappy", STATED)),
    ("import cv2", "ImportError", "libGL.so.1: cannot open shared object file: No such file", ("missing-library", "libGL.so.1", STATED)),
    ("open('a')", "FileNotFoundError", "[Errno 2] No such file or directory: 'a/b.csv'", ("missing-file", "", STATED)),
    ("r('a')", "FileNotFoundError", "[Errno 2] File raw/a b.csv does not exist: 'raw/a b.csv'", ("missing-file", "", STATED)),
    ("r('a')", "FileNotFoundError", "File b'raw/a.csv' does not exist", ("missing-file", "", STATED)),
    ("r('a')", "OSError", "data.txt not found.", ("missing-file", "", STATED)),
    ("r('a')", "FileNotFoundError", "data/measured.csv", ("missing-file", "", STATED)),
    ("r('a')", "FileNotFoundError", "No such file or directory: '/Users/me/a.csv'", ("missing-file", "outside", STATED)),
    ("r(u)", "gaierror", "[Errno -2] Name or service not known", ("unreachable-host", "", STATED)),
    ("r(u)", "HTTPError", "HTTP Error 404: Not Found", ("unreachable-host", "", STATED)),
    ("print 'a'", "SyntaxError", "Missing parentheses in call to 'print'", ("python-2-code", "syntax", STATED)),
    ("x = 'a", "SyntaxError", "EOL while scanning string literal (1.py, line 1)", ("syntax-error", "", STATED)),
    ("if (n := 1): pass", "SyntaxError", "invalid syntax (1.py, line 1)", ("other-python", "", LIKELY)),
    ("xrange(3)", "NameError", "name 'xrange' is not defined", ("python-2-code", "xrange", STATED)),
    ("lost + 1", "NameError", "name 'lost' is not defined", ("never-defined", "lost", LIKELY)),
    ("import os; os.environ['KEY']", "KeyError", "'KEY'", ("no-credentials", "KEY", STATED)),
    ("import numpy as np; np.int(1)", "AttributeError", "module 'numpy' has no attribute 'int'", ("changed-library", "numpy", LIKELY)),
    ("import scipy", "ImportError", "cannot import name 'imread' from 'scipy.misc' (/x)", ("changed-library", "scipy", STATED)),
    ("from scipy.misc import imread", "ImportError", "cannot import name 'imread'", ("changed-library", "scipy", STATED)),
    (
        "import pandas as pd\npd.concat(a, join_axes=b)",
        "TypeError",
        "concat() got an unexpected keyword argument 'join_axes'",
        ("changed-library", "pandas", LIKELY),
    ),
)  # fmt: skip


def test_a_package_that_could_not_be_had_is_told_with_the_reason() -> None:
    said = "dropped: requirements.txt, line 1: gym==0.21.0 can't be met at all; gym is not installed"
    found = cause_of_error(("import gym",), "ModuleNotFoundError", "No module named 'gym'", deviations=("python-patch: …", said))
    assert found is not None
    assert found.message == f"the module gym is not in the environment, as gym was left out: {said.removeprefix('dropped: ')}"
    assert ("left out", said.removeprefix("dropped: ")) in found.evidence


def test_a_file_of_a_private_copy_is_one_of_the_project() -> None:
    value = "[Errno 2] No such file or directory: '/tmp/nbrepro-copy-x1/paper/data/a.csv'"
    found = cause_of_error(("r('a')",), "FileNotFoundError", value)
    assert found is not None
    assert (found.message, found.detail) == ("there is no file data/a.csv", "")
    known = Circumstances(fate_of=lambda _: FileFate(Fate.NEVER))
    told = cause_of_error(("r('a')",), "FileNotFoundError", value, known)
    assert told is not None
    assert told.message == "there is no file data/a.csv: the repository never had it"


@pytest.mark.parametrize(("source", "name", "value", "expected"), ERRORS)
def test_what_an_error_says(source: str, name: str, value: str, expected: tuple[str, str, Certainty]) -> None:
    found = cause_of_error((source,), name, value)
    assert found is not None
    assert (found.slug, found.detail, found.certainty) == expected
    assert found.step == 0
    assert found.evidence
    assert found.slug in CAUSES


@pytest.mark.parametrize(
    ("cells", "name", "value", "traceback"),
    [
        (("d['KEY']",), "KeyError", "'KEY'", ""),
        (("f(x)",), "ValueError", "math domain error", ""),
        (("1 / 0",), "ZeroDivisionError", "division by zero", ""),
        (("x = C(); x.a",), "AttributeError", "'C' object has no attribute 'a'", IN_CELL),
        (("def f(a): pass\nf(b=1)",), "TypeError", "f() got an unexpected keyword argument 'b'", IN_CELL),
        (("from os import *", "lost"), "NameError", "name 'lost' is not defined", IN_CELL),
        (("x = f(lost)",), "NameError", "name 'lost' is not defined", IN_PANDAS),
        (("if False:\n    lost = 1", ">lost"), "NameError", "name 'lost' is not defined", IN_CELL),
        (("lost += 1",), "NameError", "name 'lost' is not defined", IN_CELL),
        (("r('https://x/a')",), "FileNotFoundError", "No such file or directory: 'https://x/a'", ""),
        (("from own import x",), "ImportError", "cannot import name 'x' from 'own' (/x/own.py)", IN_CELL),
    ],
)
def test_what_nothing_recorded_explains_has_no_cause(cells: tuple[str, ...], name: str, value: str, traceback: str) -> None:
    assert cause_of_error(cells, name, value, traceback=traceback) is None


def test_a_module_that_is_declared_and_one_that_is_not() -> None:
    error = ("ModuleNotFoundError", "No module named 'sklearn'")
    declared = cause_of_error(("import sklearn",), *error, Circumstances(declared=frozenset({"scikit-learn"})))
    other = cause_of_error(("import sklearn",), *error, Circumstances(declared=frozenset({"numpy"})))
    assert declared is not None
    assert other is not None
    assert dict(declared.evidence)["declared"] == "yes"
    assert "though scikit-learn is declared" in declared.message
    assert dict(other.evidence)["declared"] == "no"
    assert "nothing declares scikit-learn" in other.message


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (
            "ValueError",
            "numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject",
            "a newer",
        ),
        (
            "ValueError",
            "numpy.ufunc size changed, may indicate binary incompatibility. Expected 192 from C header, got 216 from PyObject",
            "an older",
        ),
        ("RuntimeError", "module compiled against API version 0x10 but this version of numpy is 0xe", "a newer"),
        ("ImportError", "numpy.core.multiarray failed to import", "another"),
        ("AttributeError", "_ARRAY_API not found", "another"),
    ],
)
def test_code_that_was_compiled_for_another_numpy(name: str, value: str, words: str) -> None:
    known = Circumstances(packages={"numpy": "1.21.0", "pandas": "2.2.2"})
    found = cause_of_error(("import pandas",), name, value, known, traceback=IN_PANDAS)
    assert found is not None
    assert (found.slug, found.detail, found.certainty) == ("other-numpy", "pandas", STATED)
    assert found.message.startswith(f"pandas was compiled for {words} numpy than 1.21.0")
    assert dict(found.evidence)["compiled"] == "pandas 2.2.2"


def test_a_part_that_the_installed_version_has_not() -> None:
    known = Circumstances(packages={"scikit-learn": "1.4.0"})
    found = cause_of_error(("import sklearn.cross_validation",), "ModuleNotFoundError", "No module named 'sklearn.cross_validation'", known)
    assert found is not None
    assert "scikit-learn 1.4.0 has no such part" in found.message
    assert dict(found.evidence)["versions that have it"] == "<0.20"


@pytest.mark.parametrize(("version", "expected"), [("1.3.0", STATED), ("1.0.0", LIKELY), ("local build", LIKELY)])
def test_a_version_that_should_have_a_name_is_not_blamed_for_sure(version: str, expected: Certainty) -> None:
    known = Circumstances(packages={"scipy": version})
    found = cause_of_error(("from scipy.misc import imread",), "ImportError", "cannot import name 'imread' from 'scipy.misc' (/x)", known)
    assert found is not None
    assert found.certainty is expected
    assert f"scipy {version} has no scipy.misc.imread" in found.message


@pytest.mark.parametrize(("network", "slug"), [(False, "no-network"), (True, "unreachable-host"), (None, "unreachable-host")])
def test_the_network_is_blamed_only_where_the_run_had_none(network: bool | None, slug: str) -> None:
    value = "HTTPSConnectionPool(host='example.org', port=443): Max retries exceeded (Caused by NameResolutionError('Failed to resolve'))"
    found = cause_of_error(("get(url)",), "requests.exceptions.ConnectionError", value, Circumstances(network=network))
    assert found is not None
    assert (found.slug, found.detail) == (slug, "example.org")


@pytest.mark.parametrize("fate", Fate)
def test_what_became_of_a_file_is_said(fate: Fate) -> None:
    known = Circumstances(fate_of=lambda path: FileFate(fate, "there") if path == "a.csv" else None)
    found = cause_of_error(("read('a.csv')",), "FileNotFoundError", "No such file or directory: 'a.csv'", known)
    assert found is not None
    assert (found.slug, found.detail) == ("missing-file", fate.value)
    assert found.message.startswith("there is no file a.csv: ")


def test_a_download_without_network_is_evidence_for_a_file_that_is_absent() -> None:
    cells = ("!wget https://example.org/a.csv", "read('a.csv')")
    error = ("FileNotFoundError", "No such file or directory: 'a.csv'")
    without = cause_of_error(cells, *error, Circumstances(network=False))
    with_network = cause_of_error(cells, *error, Circumstances(network=True))
    assert without is not None
    assert with_network is not None
    assert dict(without.evidence)["a download without network"] == "cell 1"
    assert "a download without network" not in dict(with_network.evidence)


def test_a_program_is_no_file() -> None:
    traceback = "/usr/lib/python3.8/subprocess.py in _execute_child(self)\n-> 1 raise child_exception_type\n"
    found = cause_of_error(("run(['ffmpeg'])",), "FileNotFoundError", "No such file or directory: 'ffmpeg'", traceback=traceback)
    assert found is not None
    assert (found.slug, found.detail) == ("missing-program", "ffmpeg")


@pytest.mark.parametrize(
    ("kind", "value", "program"),
    [
        ("InvocationException", "GraphViz's executables not found", "GraphViz"),
        ("FileNotFoundError", '[Errno 2] "dot" not found in path.', "dot"),
        (
            "ExecutableNotFound",
            "failed to execute ['dot', '-Kdot', '-Tsvg'], make sure the Graphviz executables are on your systems' PATH",
            "dot",
        ),
        ("ApplicationError", "Non-zero return code 127 from 'muscle -in a.fasta', message '/bin/sh: 1: muscle: not found'", "muscle"),
        ("RuntimeError", "Requested MovieWriter (ffmpeg) not available", "ffmpeg"),
        ("RuntimeError", "Failed to process string with tex because latex could not be found", "latex"),
        (
            "TesseractNotFoundError",
            "tesseract is not installed or it's not in your PATH. See README file for more information.",
            "tesseract",
        ),
        ("OSError", "No wkhtmltopdf executable found: \"b''\"", "wkhtmltopdf"),
        ("Exception", "Java gateway process exited before sending its port number", "Java"),
        ("WebDriverException", "Message: 'chromedriver' executable needs to be in PATH.", "chromedriver"),
        ("KeyError", "'ffmpeg'", "ffmpeg"),
    ],
)
def test_libraries_say_which_program_they_could_not_start(kind: str, value: str, program: str) -> None:
    traceback = "/env/lib/python3.6/site-packages/matplotlib/animation.py in __getitem__(self, name)\n-> 1 return self.avail[name]\n"
    found = cause_of_error(("show()",), kind, value, traceback=traceback)
    assert found is not None
    assert (found.slug, found.detail, found.certainty) == ("missing-program", program, STATED)


@pytest.mark.parametrize(
    ("kind", "value"), [("KeyError", "'ffmpeg'"), ("ValueError", "the page was not found"), ("ValueError", "model is not installed")]
)
def test_other_errors_speak_of_no_program(kind: str, value: str) -> None:
    found = cause_of_error(("sizes['ffmpeg']",), kind, value)
    assert found is None or found.slug != "missing-program"


@pytest.mark.parametrize(
    ("value", "source", "certainty"),
    [
        ("Error tokenizing data", "pd.read_csv('data/big.csv')", LIKELY),
        ("could not convert string to float: 'version https://git-lfs.github.com/spec/v1'", "np.loadtxt(name)", STATED),
    ],
)
def test_a_pointer_of_git_lfs_is_read_as_data(value: str, source: str, certainty: Certainty) -> None:
    found = cause_of_error((source,), "ParserError", value, Circumstances(pointers=("data/big.csv",)))
    assert found is not None
    assert (found.slug, found.certainty) == ("file-pointer", certainty)
    assert (
        cause_of_error(("pd.read_csv('small.csv')",), "ParserError", "Error tokenizing data", Circumstances(pointers=("big.csv",))) is None
    )


@pytest.mark.parametrize(
    ("counts", "certainty", "words"),
    [
        ((2, 1), STATED, "which the author ran first"),
        ((1, 2), LIKELY, "only in a later cell"),
        ((None, None), LIKELY, "only in a later cell"),
    ],
)
def test_a_name_of_a_later_cell(counts: tuple[int | None, ...], certainty: Certainty, words: str) -> None:
    found = cause_of_error((">print(late)", "late = 1"), "NameError", "name 'late' is not defined", counts=counts)
    assert found is not None
    assert (found.slug, found.detail, found.certainty) == ("defined-later", "late", certainty)
    assert words in found.message


ENDS: Mapping[FailureKind, str] = {
    FailureKind.STEP_TIMED_OUT: "time-limit",
    FailureKind.NOTEBOOK_TIMED_OUT: "time-limit",
    FailureKind.OUT_OF_MEMORY: "memory-limit",
    FailureKind.KERNEL_DIED: "kernel-died",
    FailureKind.KERNEL_NOT_STARTED: "kernel-not-started",
    FailureKind.KERNEL_NOT_FOUND: "no-kernel",
    FailureKind.ENVIRONMENT_NOT_RESOLVED: "unresolvable",
    FailureKind.ENVIRONMENT_NOT_BUILT: "environment-not-built",
}


def ended_by(kind: FailureKind, *evidence: tuple[str, str]) -> tuple[Cause, ...]:
    saved: Execution = Example(cells=[code("1", count=1)]).document().saved_execution()
    steps = tuple(step.as_not_run() for step in saved.steps)
    observed = replace(saved, origin=Origin.RERUN, steps=steps, failure=Failure(kind, "it ended", None, evidence))
    return causes_of(compare(saved, observed))


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.STEP_ERROR])
def test_ends_that_no_error_made(kind: FailureKind) -> None:
    assert [cause.slug for cause in ended_by(kind)] == ([ENDS[kind]] if kind in ENDS else [])


@pytest.mark.parametrize("slug", ["index-unreachable", "channel-unreachable", "worker-lost"])
def test_a_fault_of_the_machinery_is_no_cause(slug: str) -> None:
    assert ended_by(FailureKind.ENVIRONMENT_NOT_RESOLVED, ("slug", slug)) == ()


VALUES = st.sampled_from([value for _, _, value, _ in ERRORS])


@given(
    st.sampled_from(sorted({name for _, name, _, _ in ERRORS})) | st.text(max_size=9),
    st.text(max_size=60) | st.tuples(VALUES, st.text(max_size=9)).map("".join),
    st.text(max_size=60),
    st.booleans() | st.none(),
)
def test_any_error_can_be_looked_at(name: str, value: str, source: str, network: bool | None) -> None:
    found = cause_of_error((source,), name, value, Circumstances(network=network, packages={"scipy": "local build"}), traceback=source)
    assert found is None or found.slug in CAUSES


TRACEBACKS = {
    "as IPython 8 writes it": (
        "Cell In[3], line 1\n----> 1 pd.f()\n\nFile /x/env 1/lib/site-packages/pandas/io/json.py:5, in f()\n      4 a\n----> 5 b()\n",
        "pandas",
    ),
    "as IPython 7 writes it": ("<ipython-input-1-ab> in <module>\n----> 1 f()\n\n~/lib/site-packages/six.py in f()\n----> 5 b\n", "six"),
    "the cell last": ("/x/site-packages/pandas/c.py in apply(f)\n----> 5 f()\n\n/tmp/ipykernel_7/8.py in <lambda>(x)\n----> 1 x\n", None),
    "a path in a line of code": ("Cell In[3], line 1\n----> 1 open('/x/site-packages/pandas/a')\n", None),
    "a path in the message": ("Cell In[3], line 1\n----> 1 f()\nTypeError: /x/site-packages/pandas/a\n", None),
    "compiled code last": ("/x/dist-packages/h5py/h.py in f()\n----> 5 g()\n\nh5py/_o.pyx in h5py._o.g()\n", "h5py"),
    "nothing": ("", None),
}


@pytest.mark.parametrize("name", TRACEBACKS)
def test_whose_code_raised_an_error(name: str) -> None:
    traceback, library = TRACEBACKS[name]
    step = Example(cells=[code("f()", count=1)]).document().saved_execution().steps[0]
    error = ErrorOutput("TypeError", "no", (*traceback.splitlines(), "TypeError: no"))
    failure = Failure(FailureKind.STEP_ERROR, "no", 0)
    saved = Example(cells=[]).document().saved_execution()
    assert Failing(saved, saved, failure, step, error).library == library


@pytest.mark.parametrize("message", ["." * 100_000 + " x", "'" * 100_000, "a" * 100_000 + " not found", "/" * 100_000, "1" * 100_000])
@pytest.mark.parametrize("name", ["FileNotFoundError", "ImportError", "TypeError", "NameError"])
def test_of_long_messages_the_beginning_is_looked_at(name: str, message: str) -> None:
    found = cause_of_error(("x = 1",), name, message, traceback=f"{message}\n")
    assert found is None or len(found.message) < 10_000
