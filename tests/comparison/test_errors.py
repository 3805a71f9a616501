"""Errors: type and message count, the traceback says where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nbrepro.comparison import Settings
from nbrepro.comparison.failures import compare_errors
from nbrepro.comparison.wordings import is_refinement, same_wording
from nbrepro.model import ErrorOutput, Verdict

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("global name 'value' is not defined", "name 'value' is not defined"),
        ("name 'lenn' is not defined", "name 'lenn' is not defined. Did you mean: 'len'?"),
        ("local variable 'v' referenced before assignment", "cannot access local variable 'v' where it is not associated with a value"),
        ("'module' object has no attribute 'foo'", "module 'math' has no attribute 'foo'"),
        ("No module named nosuch", "No module named 'nosuch'"),
        ("No module named nosuch", "No module named 'os.nosuch'; 'os' is not a package"),
        ("cannot import name nosuch", "cannot import name 'nosuch' from 'math' (unknown location)"),
        ("integer division or modulo by zero", "division by zero"),
        ("integer division or modulo by zero", "integer modulo by zero"),
        ("float modulo", "float modulo by zero"),
        ("'int' object has no attribute '__getitem__'", "'int' object is not subscriptable"),
        ("cannot concatenate 'str' and 'int' objects", 'can only concatenate str (not "int") to str'),
        ("'NoneType' object is not iterable", "cannot unpack non-iterable NoneType object"),
        ("list indices must be integers, not str", "list indices must be integers or slices, not str"),
        ("f() takes exactly 1 argument (2 given)", "A.f() takes 1 positional argument but 2 were given"),
        ("f() takes exactly 3 arguments (1 given)", "f() missing 2 required positional arguments: 'b' and 'c'"),
        ("__init__() missing 1 required positional argument: 'a'", "A.__init__() missing 1 required positional argument: 'a'"),
        ("could not convert string to float: abc", "could not convert string to float: 'abc'"),
        ("too many values to unpack", "too many values to unpack (expected 2)"),
        ("max() arg is an empty sequence", "max() iterable argument is empty"),
        ("invalid syntax (<cell>, line 1)", "invalid syntax. Perhaps you forgot a comma? (<cell>, line 1)"),
        ("invalid syntax (a.py, line 1)", "Missing parentheses in call to 'print'. Did you mean print(...)? (b.py, line 1)"),
        ("EOL while scanning string literal (<cell>, line 3)", "unterminated string literal (detected at line 3) (<cell>, line 3)"),
        (
            "can't assign to literal (<cell>, line 1)",
            "cannot assign to literal here. Maybe you meant '==' instead of '='? (<cell>, line 1)",
        ),
        (
            "Can't instantiate abstract class A with abstract methods f, g",
            "Can't instantiate abstract class A without an implementation for abstract methods 'f', 'g'",
        ),
    ],
)
def test_wordings_of_two_pythons(older: str, newer: str) -> None:
    assert same_wording(older, newer)
    assert same_wording(newer, older)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("global name 'value' is not defined", "name 'other' is not defined"),
        ("name 'a' is not defined", "name 'b' is not defined"),
        ("No module named numpy", "No module named 'scipy'"),
        ("cannot import name a", "cannot import name 'b' from 'math' (unknown location)"),
        ("integer division or modulo by zero", "float division by zero"),
        ("'int' object has no attribute '__getitem__'", "'str' object is not subscriptable"),
        ("'int' object is not subscriptable", "'int' object is not iterable"),
        ("cannot concatenate 'str' and 'int' objects", 'can only concatenate str (not "float") to str'),
        ("f() takes exactly 1 argument (2 given)", "f() takes 1 positional argument but 3 were given"),
        ("f() takes exactly 3 arguments (1 given)", "f() missing 1 required positional argument: 'c'"),
        ("A.f() missing 1 required positional argument: 'a'", "B.f() missing 1 required positional argument: 'a'"),
        ("could not convert string to float: abc", "could not convert string to float: 'abd'"),
        ("need more than 1 value to unpack", "not enough values to unpack (expected 3, got 2)"),
        ("max() arg is an empty sequence", "min() iterable argument is empty"),
        ("invalid syntax (<cell>, line 1)", "invalid syntax. Perhaps you forgot a comma? (<cell>, line 2)"),
        ("expected ':' (<cell>, line 1)", "unmatched ')' (<cell>, line 1)"),
        ("Object of type 'set' is not JSON serializable", "Object of type type is not JSON serializable"),
    ],
)
def test_other_facts_are_other_messages(older: str, newer: str) -> None:
    assert not same_wording(older, newer)
    assert not same_wording(newer, older)


def error(name: str, value: str, *traceback: str) -> ErrorOutput:
    return ErrorOutput(name, value, traceback)


@pytest.mark.parametrize(
    ("expected", "observed", "slugs"),
    [
        (error("KeyError", "'a'", "/old/lib.py in get"), error("KeyError", "'a'", "/new/lib.py:12, in get"), ["traceback"]),
        (error("KeyError", "'a'"), error("KeyError", "'a'", "many", "frames"), ["traceback"]),
        (error("ParserError", "bad"), error("pandas.errors.ParserError", "bad"), ["qualified-names"]),
        (
            error("ZeroDivisionError", "integer division or modulo by zero"),
            error("ZeroDivisionError", "division by zero"),
            ["python-message-wording"],
        ),
        (
            error("ImportError", "No module named x"),
            error("ModuleNotFoundError", "No module named 'x'"),
            ["error-classes", "python-message-wording"],
        ),
        (
            error("RuntimeError", "maximum recursion depth exceeded"),
            error("RecursionError", "maximum recursion depth exceeded"),
            ["error-classes"],
        ),
        (
            error("SyntaxError", "invalid syntax (<ipython-input-3-ab>, line 1)"),
            error("SyntaxError", "invalid syntax (123.py, line 1)"),
            ["traceback"],
        ),
        (
            error("ImportError", "cannot import name 'gcd' from 'fractions' (/usr/lib/python3.9/fractions.py)"),
            error("ImportError", "cannot import name 'gcd' from 'fractions' (/opt/python3.12/fractions.py)"),
            ["traceback"],
        ),
        (error("ValueError", "<A at 0x7f00aa11bb>"), error("ValueError", "<A at 0x7f00aa11cc>"), ["memory-addresses"]),
    ],
)
def test_the_same_error(expected: ErrorOutput, observed: ErrorOutput, slugs: list[str]) -> None:
    for first, second in ((expected, observed), (observed, expected)):
        judgement = compare_errors(first, second, SETTINGS)
        assert (judgement.verdict, [because.slug for because in judgement.because]) == (Verdict.EQUIVALENT, slugs)
    strict = replace(SETTINGS, disabled=frozenset(slugs[:1]))
    assert compare_errors(expected, observed, strict).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("expected", "observed"),
    [
        (error("KeyError", "'a'"), error("KeyError", "'b'")),
        (error("KeyError", "'a'"), error("IndexError", "'a'")),
        (error("AttributeError", "bad"), error("TypeError", "bad")),
        (error("a.ParserError", "bad"), error("b.ParserError", "bad")),
        (error("ImportError", "cannot import name x"), error("ModuleNotFoundError", "No module named 'x'")),
        (error("ValueError", "1 of 10 failed"), error("ValueError", "2 of 10 failed")),
        (error("SyntaxError", "invalid syntax (<cell>, line 1)"), error("SyntaxError", "invalid syntax (<cell>, line 2)")),
    ],
)
def test_another_error(expected: ErrorOutput, observed: ErrorOutput) -> None:
    for first, second in ((expected, observed), (observed, expected)):
        assert compare_errors(first, second, SETTINGS).verdict is Verdict.DIFFERENT


def test_the_relation_of_two_types_is_named() -> None:
    judgement = compare_errors(error("LookupError", "a"), error("KeyError", "a"), SETTINGS)
    assert "KeyError was raised, a kind of LookupError" in judgement.because[0].message


def test_an_error_is_identical_to_itself() -> None:
    assert compare_errors(error("A", "b", "c"), error("A", "b", "c"), SETTINGS).verdict is Verdict.IDENTICAL


def test_refinements_hold_in_both_directions_and_for_no_other_types() -> None:
    assert is_refinement("OSError", "FileNotFoundError")
    assert is_refinement("FileNotFoundError", "OSError")
    assert not is_refinement("ValueError", "TypeError")
    assert not is_refinement("Exception", "ValueError")
