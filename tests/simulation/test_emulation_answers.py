"""Reading what a model says that a call gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.simulation.emulation.reading import read_emulated

READ = {
    "as asked": ("[ANSWER][1, 'a'][/ANSWER]", "[1, 'a']", ()),
    "thought before": ("<think>perhaps [ANSWER]3[/ANSWER]</think>[ANSWER]4[/ANSWER]", "4", ()),
    "the last of several": ("[ANSWER]3[/ANSWER] no: [ANSWER]4[/ANSWER]", "4", ()),
    "as an assertion": ("[ANSWER]leaf(1) == 4[/ANSWER]", "4", ()),
    "nan in a list": ("[ANSWER][nan, -inf][/ANSWER]", "[nan, -inf]", ()),
    "an empty set": ("[ANSWER]set()[/ANSWER]", "set()", ()),
    "a counter": ("[ANSWER]Counter({'a': 1})[/ANSWER]", "Counter({'a': 1})", ()),
    "a date": ("[ANSWER]datetime.date(2020, 2, 29)[/ANSWER]", "datetime.date(2020, 2, 29)", ()),
    "nothing is made of it here": ("[ANSWER]bytes(99999999999999)[/ANSWER]", "bytes(99999999999999)", ()),
    "None": ("[ANSWER]None[/ANSWER]", "None", ()),
    "no tags": ("{'a': (1,)}", "{'a': (1,)}", ("no-tags",)),
    "a fence": ("```python\n[1]\n```", "[1]", ("no-tags", "code-fence")),
    "a fence in tags": ("[ANSWER]\nHere:\n```\n[1]\n```\n[/ANSWER]", "[1]", ("code-fence",)),
    "prose around code": ("The function gives `'x'`, I think.", "'x'", ("no-tags", "prose")),
    "a bold label": ("**Final answer:** [1]", "[1]", ("no-tags", "prose")),
    "a statement": ("return 4", "4", ("no-tags", "prose")),
    "a label": ("It has four legs.\nAnswer: 4", "4", ("no-tags", "prose")),
    "cut after the tag": ("[ANSWER]7", "7", ()),
}
UNREADABLE = {
    "nothing": "",
    "only tags": "[ANSWER][/ANSWER]",
    "prose": "I can't tell what this does.",
    "a call": "[ANSWER]sorted([2, 1])[/ANSWER]",
    "a name": "[ANSWER]x[/ANSWER]",
    "an import": "[ANSWER]__import__('os').system('true')[/ANSWER]",
    "an attribute of a class": "[ANSWER]().__class__[/ANSWER]",
    "arithmetic": "[ANSWER]2 ** 10[/ANSWER]",
    "a comprehension": "[ANSWER][i for i in range(3)][/ANSWER]",
    "an f-string": "[ANSWER]f'{1}'[/ANSWER]",
    "cut within": "[ANSWER][1, 2,",
    "unhashable": "[ANSWER]{[1]: 2}[/ANSWER]",
    "an unhashable element": "[ANSWER]{{1: 2}}[/ANSWER]",
    "deep": "[ANSWER]" + "[" * 5000 + "]" * 5000 + "[/ANSWER]",
    "spread": "[ANSWER]{**{'a': 1}}[/ANSWER]",
    "a starred call": "[ANSWER]set(*[[1]])[/ANSWER]",
    "a raised call": "[ANSWER]raise ValueError(len('x'))[/ANSWER]",
    "a null byte": "[ANSWER]\0[/ANSWER]",
}


@pytest.mark.parametrize("case", READ)
def test_values_that_can_be_read(case) -> None:
    said, text, notation = READ[case]
    found = read_emulated(said)
    assert (found.text, found.notation, found.problem) == (text, notation, None)


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_value(case) -> None:
    found = read_emulated(UNREADABLE[case])
    assert found.problem
    assert found.text == ""


@pytest.mark.parametrize(
    ("said", "raised", "arguments"),
    [
        ("[ANSWER]raise ValueError('no digits')[/ANSWER]", "ValueError", "('no digits',)"),
        ("[ANSWER]raise KeyError[/ANSWER]", "KeyError", "()"),
        ("[ANSWER]raise Own(1, 'a == b')[/ANSWER]", "Own", "(1, 'a == b')"),
    ],
)
def test_exceptions(said, raised, arguments) -> None:
    found = read_emulated(said)
    assert (found.raised, found.text, found.problem) == (raised, arguments, None)


@pytest.mark.parametrize(
    ("returns", "said", "fits"),
    [
        ("int", "4", True),
        ("int", "'4'", False),
        ("int", "True", False),
        ("float", "4", True),
        ("bool", "True", True),
        ("str", "4", False),
        ("list[int]", "[1]", True),
        ("List[int]", "(1,)", False),
        ("typing.List[int]", "(1,)", True),
        ("dict", "{}", True),
        ("Optional[int]", "None", True),
        ("Point", "Point(1, y=2)", True),
        ("list[Point]", "[Point(1, 2)]", True),
        ("Point", "Circle(1)", False),
        ("", "Point(1, 2)", False),
    ],
)
def test_annotations(returns, said, fits) -> None:
    assert (read_emulated(f"[ANSWER]{said}[/ANSWER]", returns).problem is None) is fits


def test_an_answer_that_is_too_long() -> None:
    assert "too long" in str(read_emulated("[ANSWER]" + "1" * 50 + "[/ANSWER]", longest=40).problem)
    assert read_emulated("[ANSWER]" + "1" * 40 + "[/ANSWER]", longest=40).problem is None


literals = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=("Cs",)))
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner),
    max_leaves=12,
)


@given(literals)
def test_every_literal_between_the_tags_is_read_as_it_is(value) -> None:
    text = repr(value)
    if "ANSWER]" not in text:
        found = read_emulated(f"[ANSWER]{text}[/ANSWER]")
        assert (found.text, found.problem, found.notation) == (text, None, ())


@given(st.text())
def test_no_text_breaks_the_reader(said) -> None:
    found = read_emulated(said)
    assert (found.problem is None) or found.text == ""
