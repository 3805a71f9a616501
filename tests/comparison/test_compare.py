"""Executions against executions: which outputs belong together, what counts, and the verdict of the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.comparison import Settings, compare, compare_notebooks
from nbrepro.model import (
    SELF_CHECK_MIME_TYPE,
    Comparison,
    Display,
    ErrorOutput,
    Execution,
    Failure,
    FailureKind,
    NotebookVerdict,
    Origin,
    Output,
    Step,
    StepStatus,
    Stream,
    Verdict,
)

CLOSE = Stream("stdout", "1.00000001\n"), Stream("stdout", "1.00000002\n")
ERROR = ErrorOutput("ValueError", "bad", ("frame",))


def out(text: str) -> Stream:
    return Stream("stdout", text)


def err(text: str) -> Stream:
    return Stream("stderr", text)


def result(text: str, **more: object) -> Display:
    return Display({"text/plain": text, **{name.replace("_", "/"): payload for name, payload in more.items()}}, is_result=True)


def execution(*steps: Step | tuple[Output, ...], failure: FailureKind | None = None) -> Execution:
    made = [step if isinstance(step, Step) else Step(0, f"cell({index})", step) for index, step in enumerate(steps)]
    ended = Failure(failure, "it ended") if failure else None
    return Execution("a.ipynb", Origin.SAVED, tuple(replace(step, index=index) for index, step in enumerate(made)), ended)


def compared(expected: tuple[Output, ...], observed: tuple[Output, ...], settings: Settings | None = None) -> Comparison:
    return compare(execution(expected), execution(observed), settings or Settings())


def verdicts(comparison: Comparison) -> list[tuple[str, Verdict]]:
    return [(output.kind, output.verdict) for step in comparison.steps for output in step.outputs]


def slugs(comparison: Comparison) -> list[str]:
    return [because.slug for step in comparison.steps for output in step.outputs for because in output.because]


def test_chunks_of_a_stream_are_joined() -> None:
    comparison = compared((out("a\nb"), out("c\n")), (out("a\n"), out("bc\n")))
    assert verdicts(comparison) == [("stdout", Verdict.IDENTICAL)]


def test_stderr_is_reported_but_counts_only_if_asked() -> None:
    expected, observed = (out("1\n"), err("old\n")), (out("1\n"), err("new\n"))
    comparison = compared(expected, observed)
    assert verdicts(comparison) == [("stdout", Verdict.IDENTICAL), ("stderr", Verdict.DIFFERENT)]
    assert comparison.verdict is NotebookVerdict.REPRODUCED
    assert comparison.compared == 1
    strict = compared(expected, observed, Settings(judge_stderr=True))
    assert strict.verdict is NotebookVerdict.DIFFERS
    assert strict.steps[0].verdict is Verdict.DIFFERENT


def test_a_step_with_nothing_but_stderr_compares_nothing() -> None:
    comparison = compared((err("a\n"),), (err("a\n"),))
    assert comparison.verdict is NotebookVerdict.NOTHING_TO_COMPARE
    assert comparison.steps[0].verdict is Verdict.NOTHING_TO_COMPARE


def test_an_empty_stream_is_no_output() -> None:
    assert verdicts(compared((out(""),), ())) == []


def test_a_display_without_data_is_no_output() -> None:
    assert compared((Display({}),), (Display({}),)).verdict is NotebookVerdict.NOTHING_TO_COMPARE
    assert compared((Display({}), result("1")), (result("1"),)).verdict is NotebookVerdict.REPRODUCED
    assert compared((Display({}),), (result("1"),)).verdict is NotebookVerdict.DIFFERS


@pytest.mark.parametrize(
    ("expected", "observed", "pairs"),
    [
        ((result("1"),), (), [("text/plain", Verdict.MISSING)]),
        ((), (result("1"),), [("text/plain", Verdict.EXTRA)]),
        ((ERROR,), (), [("error", Verdict.MISSING)]),
        ((out("a"),), (err("a"),), [("stdout", Verdict.MISSING), ("stderr", Verdict.EXTRA)]),
        (
            (result("first"), result("second"), result("third")),
            (result("first"), result("third")),
            [("text/plain", Verdict.IDENTICAL), ("text/plain", Verdict.MISSING), ("text/plain", Verdict.IDENTICAL)],
        ),
        (
            (result("row", text_html="<b>row</b>"),),
            (result("new"), result("row", text_html="<b>other</b>")),
            [("text/plain", Verdict.EXTRA), ("text/html", Verdict.DIFFERENT)],
        ),
        (
            (out("a"), err("b")),
            (out("a"), result("b")),
            [("stdout", Verdict.IDENTICAL), ("stderr", Verdict.MISSING), ("text/plain", Verdict.EXTRA)],
        ),
    ],
)
def test_outputs_are_paired(expected: tuple[Output, ...], observed: tuple[Output, ...], pairs: list[tuple[str, Verdict]]) -> None:
    assert verdicts(compared(expected, observed)) == pairs


def test_every_representation_counts() -> None:
    html = "<table><tr><td>1</td></tr></table>"
    comparison = compared((result("same", text_html=html),), (result("same", text_html=html.replace("1", "2")),))
    output = comparison.steps[0].outputs[0]
    assert (output.kind, output.verdict) == ("text/html", Verdict.DIFFERENT)
    assert dict(output.representations) == {"text/plain": Verdict.IDENTICAL, "text/html": Verdict.DIFFERENT}


def test_a_representation_that_lacks_is_named() -> None:
    comparison = compared((result("same", text_html="<b>1</b>"),), (result("same"),))
    assert verdicts(comparison) == [("text/html", Verdict.MISSING)]
    assert slugs(comparison) == ["missing-representation"]
    assert comparison.verdict is NotebookVerdict.DIFFERS
    swapped = compared((result("same"),), (result("same", text_html="<b>1</b>"),))
    assert verdicts(swapped) == [("text/html", Verdict.EXTRA)]


TREE = "LinearRegression(fit_intercept=False)"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (result(TREE), result(TREE, text_html="<div>a tree</div>"), Verdict.EQUIVALENT),
        (result("total 1.0"), result("total 1.00000001", text_html="<b>1</b>"), Verdict.CLOSE),
        (result("a", text_html="<b>a</b>"), result("a", text_html="<b>a</b>", text_markdown="**a**"), Verdict.EQUIVALENT),
        (result(TREE), result(TREE.replace("False", "True"), text_html="<div>a tree</div>"), Verdict.DIFFERENT),
        (result("<Figure size 640x480 with 1 Axes>"), result("<Figure size 640x480 with 1 Axes>", image_png="iVBO"), Verdict.EXTRA),
        (result("<IPython.core.display.HTML object>"), result("<IPython.core.display.HTML object>", text_html="<b>1</b>"), Verdict.EXTRA),
        (result(TREE, text_html="<div>a tree</div>"), result(TREE), Verdict.MISSING),
        (result(TREE, text_latex="$a$"), result(TREE, text_html="<div>a tree</div>"), Verdict.DIFFERENT),
    ],
)
def test_a_rerun_may_show_what_was_saved_in_further_ways(before: Output, after: Output, verdict: Verdict) -> None:
    saved, observed = execution((before,)), replace(execution((after,)), origin=Origin.RERUN)
    output = compare(saved, observed).steps[0].outputs[0]
    assert output.verdict is verdict
    if verdict.is_same:
        assert "added-representations" in {reason.slug for reason in output.because}
        strict = Settings(disabled=frozenset({"added-representations"}))
        assert compare(saved, observed, strict).steps[0].outputs[0].verdict is Verdict.EXTRA
        assert compare_notebooks(saved, execution((after,))).steps[0].outputs[0].verdict is Verdict.EXTRA


def test_a_picture_of_what_latex_or_html_says_may_be_absent() -> None:
    formula = Display({"text/plain": "x", "text/latex": "$x$", "image/png": "iVBO"}, is_result=True)
    plain = Display({"text/plain": "x", "text/latex": "$x$"}, is_result=True)
    other = Display({"text/plain": "y", "text/latex": "$y$"}, is_result=True)
    drawn = Display({"text/plain": "x", "text/latex": "$x$", "image/png": "AAAA"}, is_result=True)
    assert slugs(compared((formula,), (drawn,))) == ["rendered-representations"]
    figure, text = Display({"text/plain": "<Figure>", "image/png": "iVBO"}), Display({"text/plain": "<Figure>"})
    assert verdicts(compared((formula,), (plain,))) == [("text/plain", Verdict.EQUIVALENT)]
    assert slugs(compared((formula,), (plain,))) == ["rendered-representations"]
    assert verdicts(compared((plain,), (formula,))) == [("text/plain", Verdict.EQUIVALENT)]
    assert verdicts(compared((formula,), (other,)))[0][1] is Verdict.DIFFERENT
    assert verdicts(compared((figure,), (text,))) == [("image/png", Verdict.MISSING)]
    switched_off = Settings(disabled=frozenset({"rendered-representations"}))
    assert verdicts(compared((formula,), (plain,), switched_off)) == [("image/png", Verdict.MISSING)]


@pytest.mark.parametrize(
    ("expected", "observed", "same"),
    [
        ("$$x^2$$", "$x^2$", True),
        ("$$x^2$$", r"$\displaystyle x^2$", True),
        ("$$x^2$$", "$x^3$", False),
        ("$a$ and $b$", "a$ and $b", False),
        ("$x$", "x", True),
    ],
)
def test_a_formula_may_stand_between_other_delimiters(expected: str, observed: str, same: bool) -> None:
    displays = Display({"text/latex": expected}), Display({"text/latex": observed})
    comparison = compared((displays[0],), (displays[1],))
    assert (slugs(comparison) == ["latex-delimiters"]) is same
    assert (comparison.verdict is NotebookVerdict.REPRODUCED) is same


def test_a_notebook_that_checks_itself_is_not_compared_there() -> None:
    report, within = result("a report"), Display({"text/plain": "…", SELF_CHECK_MIME_TYPE: {}}, is_result=True)
    assert slugs(compared((report,), (within,))) == ["self-check"]
    assert compared((report,), (within,)).verdict is NotebookVerdict.NOTHING_TO_COMPARE


def test_what_front_ends_add_is_left_out_under_its_name() -> None:
    added = Display({"text/plain": "1", "application/vnd.google.colaboratory.intrinsic+json": {"type": "dataframe"}}, is_result=True)
    comparison = compared((added,), (result("1"),))
    assert (verdicts(comparison), slugs(comparison)) == ([("text/plain", Verdict.EQUIVALENT)], ["front-end-representations"])
    strict = compared((added,), (result("1"),), Settings(disabled=frozenset({"front-end-representations"})))
    assert strict.verdict is NotebookVerdict.DIFFERS
    assert compared((added,), (result("2"),)).verdict is NotebookVerdict.DIFFERS


@pytest.mark.parametrize(
    ("observed", "slug"),
    [
        (replace(result("1"), metadata={"needs_background": "light"}), "output-metadata"),
        (replace(result("1"), is_result=False), "output-type"),
    ],
)
def test_what_is_around_an_output_is_named(observed: Display, slug: str) -> None:
    comparison = compared((result("1"),), (observed,))
    assert (verdicts(comparison), slugs(comparison)) == ([("text/plain", Verdict.EQUIVALENT)], [slug])
    strict = compared((result("1"),), (observed,), Settings(disabled=frozenset({slug})))
    assert strict.verdict is NotebookVerdict.DIFFERS


def test_execution_counts_never_matter() -> None:
    comparison = compared((replace(result("1"), execution_count=3),), (replace(result("1"), execution_count=1),))
    assert verdicts(comparison) == [("text/plain", Verdict.IDENTICAL)]


def test_another_order_of_text_and_displays_is_named_and_no_difference() -> None:
    expected, observed = (out("a\n"), result("1")), (result("1"), out("a\n"))
    comparison = compared(expected, observed)
    assert (verdicts(comparison), slugs(comparison)) == (
        [("stdout", Verdict.EQUIVALENT), ("text/plain", Verdict.IDENTICAL)],
        ["output-order"],
    )
    strict = compared(expected, observed, Settings(disabled=frozenset({"output-order"})))
    assert strict.verdict is NotebookVerdict.DIFFERS


def test_stderr_between_other_outputs_is_no_order() -> None:
    assert slugs(compared((out("a\n"), err("w"), out("b\n"), result("1")), (err("w"), out("a\nb\n"), result("1")))) == []


def test_an_expected_error_that_comes_again_is_no_failure() -> None:
    assert compared((ERROR,), (ERROR,)).verdict is NotebookVerdict.REPRODUCED
    assert compared((ERROR,), ()).verdict is NotebookVerdict.DIFFERS


def test_a_step_that_did_not_run_is_not_compared() -> None:
    expected = execution((out("1\n"),), (out("2\n"),))
    observed = execution((out("1\n"),), Step(1, "cell(1)", status=StepStatus.NOT_RUN), failure=FailureKind.STEP_ERROR)
    comparison = compare(expected, observed)
    assert verdicts(comparison) == [("stdout", Verdict.IDENTICAL), ("stdout", Verdict.NOT_COMPARED)]
    assert slugs(comparison) == ["not-run"]
    assert comparison.verdict is NotebookVerdict.FAILED
    assert (comparison.compared, comparison.comparable_steps, comparison.reproduced_steps) == (1, 2, 1)


def test_a_step_that_was_never_saved_expects_nothing() -> None:
    comparison = compare(execution(Step(0, "cell(0)", status=StepStatus.NOT_RUN)), execution((out("1\n"), ERROR)))
    assert verdicts(comparison) == [("stdout", Verdict.NOT_COMPARED), ("error", Verdict.NOT_COMPARED)]
    assert set(slugs(comparison)) == {"never-saved"}
    assert comparison.verdict is NotebookVerdict.NOTHING_TO_COMPARE


@pytest.mark.parametrize(
    ("kept", "verdict"),
    [("1\n2\n", Verdict.NOT_COMPARED), ("1\n2", Verdict.NOT_COMPARED), ("1\n5\n", Verdict.DIFFERENT), ("", Verdict.NOT_COMPARED)],
)
@pytest.mark.parametrize(
    ("status", "cut", "slug"),
    [
        (StepStatus.COMPLETED, 10, "output-cut"),
        (StepStatus.TIMED_OUT, 0, "step-timed-out"),
        (StepStatus.INTERRUPTED, 0, "step-interrupted"),
    ],
)
def test_equal_beginnings_prove_nothing(kept: str, verdict: Verdict, status: StepStatus, cut: int, slug: str) -> None:
    observed = Step(0, "cell(0)", (out(kept),), status=status, cut_bytes=cut)
    comparison = compare(execution((out("1\n2\n3\n"),)), execution(observed))
    assert verdicts(comparison) == [("stdout", verdict)]
    assert (slugs(comparison) == [slug]) == (verdict is Verdict.NOT_COMPARED)


def test_what_a_stopped_step_lacks_is_unknown_and_its_interrupt_is_no_output() -> None:
    stopped = Step(0, "cell(0)", (result("1"), ErrorOutput("KeyboardInterrupt", "")), status=StepStatus.TIMED_OUT)
    comparison = compare(execution((result("1"), result("2"))), execution(stopped, failure=FailureKind.STEP_TIMED_OUT))
    assert verdicts(comparison) == [
        ("text/plain", Verdict.IDENTICAL),
        ("text/plain", Verdict.NOT_COMPARED),
        ("error", Verdict.NOT_COMPARED),
    ]
    assert comparison.verdict is NotebookVerdict.TIMED_OUT


SAME, OTHER = (out("1\n"),), (out("2\n"),)


@pytest.mark.parametrize(
    ("expected", "observed", "verdict"),
    [
        (execution(SAME), execution(SAME), NotebookVerdict.REPRODUCED),
        (execution(SAME, CLOSE[:1]), execution(SAME, CLOSE[1:]), NotebookVerdict.REPRODUCED_WITHIN_TOLERANCE),
        (execution(SAME, CLOSE[:1]), execution(OTHER, CLOSE[1:]), NotebookVerdict.DIFFERS),
        (execution(()), execution(()), NotebookVerdict.NOTHING_TO_COMPARE),
        (execution(), execution(), NotebookVerdict.NOTHING_TO_COMPARE),
        (execution(SAME), execution(SAME, failure=FailureKind.KERNEL_NOT_FOUND), NotebookVerdict.ENVIRONMENT_FAILED),
        (execution(SAME), execution(SAME, failure=FailureKind.KERNEL_NOT_STARTED), NotebookVerdict.ENVIRONMENT_FAILED),
        (execution(SAME), execution(OTHER, failure=FailureKind.NOTEBOOK_TIMED_OUT), NotebookVerdict.TIMED_OUT),
        (execution(SAME), execution(SAME, failure=FailureKind.STEP_TIMED_OUT), NotebookVerdict.TIMED_OUT),
        (execution(SAME), execution(OTHER, failure=FailureKind.KERNEL_DIED), NotebookVerdict.FAILED),
        (execution(SAME), execution(SAME, failure=FailureKind.OUT_OF_MEMORY), NotebookVerdict.FAILED),
        (
            execution(SAME),
            execution(Step(0, "cell(0)", SAME, status=StepStatus.TIMED_OUT), failure=FailureKind.STEP_ERROR),
            NotebookVerdict.TIMED_OUT,
        ),
    ],
)
def test_the_verdict_of_a_notebook(expected: Execution, observed: Execution, verdict: NotebookVerdict) -> None:
    assert compare(expected, observed).verdict is verdict


def test_steps_are_paired_by_index_whatever_their_place() -> None:
    steps = Step(1, "a", SAME), Step(4, "b", OTHER)
    saved = Execution("a.ipynb", Origin.SAVED, steps)
    comparison = compare(saved, replace(saved, steps=steps[1:]))
    assert [(step.index, step.verdict, step.observed_index) for step in comparison.steps] == [
        (1, Verdict.MISSING, None),
        (4, Verdict.IDENTICAL, 4),
    ]


def test_two_notebooks_with_moved_changed_added_and_removed_cells() -> None:
    load, fit, plot = "frame = read_csv('data.csv')", "model.fit(frame.x, frame.y)", "plot(frame.x)"
    before = execution(Step(0, load, SAME), Step(0, fit, OTHER), Step(0, plot, SAME), Step(0, "old()", SAME))
    after = execution(Step(0, plot, SAME), Step(0, load, SAME), Step(0, fit + "  # fast", OTHER), Step(0, "import this", SAME))
    comparison = compare_notebooks(before, after)
    found = [(step.expected_index, step.observed_index, step.verdict, step.source_changed) for step in comparison.steps]
    assert found == [
        (2, 0, Verdict.IDENTICAL, False),
        (3, None, Verdict.MISSING, False),
        (0, 1, Verdict.IDENTICAL, False),
        (1, 2, Verdict.IDENTICAL, True),
        (None, 3, Verdict.EXTRA, False),
    ]


TEXTS = st.sampled_from(["1\n", "a 2.5\n", "50%\r100%\n", "<A at 0x7f00aa11>", "{'b', 'a'}", "\x1b[31mx\x1b[0m", "1.00000001", ""])
OUTPUTS = st.one_of(
    st.builds(Stream, st.sampled_from(["stdout", "stderr"]), TEXTS),
    st.builds(lambda text: Display({"text/plain": text}), TEXTS),
    st.builds(lambda text, html: Display({"text/plain": text, "text/html": f"<p>{html}</p>"}, is_result=True), TEXTS, TEXTS),
    st.builds(lambda value: Display({"application/json": {"a": value}}), st.floats() | st.integers() | st.text(max_size=3)),
    st.builds(ErrorOutput, st.sampled_from(["KeyError", "ValueError"]), TEXTS, st.lists(TEXTS, max_size=2).map(tuple)),
)
STEPS = st.builds(
    Step,
    st.just(0),
    st.sampled_from(["a()", "b = 2", "print(c)", ""]),
    st.lists(OUTPUTS, max_size=5).map(tuple),
    st.sampled_from([StepStatus.COMPLETED, StepStatus.FAILED]),
)
EXECUTIONS = st.lists(STEPS, max_size=5).map(lambda steps: execution(*steps))
SWAPPED = {Verdict.MISSING: Verdict.EXTRA, Verdict.EXTRA: Verdict.MISSING}


@given(EXECUTIONS, st.booleans())
def test_everything_is_identical_to_itself(execution: Execution, judge_stderr: bool) -> None:
    for function in (compare, compare_notebooks):
        comparison = function(execution, execution, Settings(judge_stderr=judge_stderr))
        assert all(verdict is Verdict.IDENTICAL for _, verdict in verdicts(comparison))
        assert comparison.verdict in {NotebookVerdict.REPRODUCED, NotebookVerdict.NOTHING_TO_COMPARE}
        assert (comparison.verdict is NotebookVerdict.REPRODUCED) == (comparison.compared > 0)


@given(EXECUTIONS, EXECUTIONS)
def test_difference_is_symmetric(first: Execution, second: Execution) -> None:
    there, back = compare(first, second), compare(second, first)
    assert there.verdict is back.verdict
    forth = [[SWAPPED.get(output.verdict, output.verdict) for output in step.outputs] for step in there.steps]
    assert [sorted(verdicts) for verdicts in forth] == [sorted(output.verdict for output in step.outputs) for step in back.steps]


@given(EXECUTIONS, st.integers(0, 10**6))
def test_one_changed_number_makes_it_differ(before: Execution, number: int) -> None:
    saved = execution(*before.steps, (out(f"total {number}\n"),))
    observed = execution(*before.steps, (out(f"total {number + 1}\n"),))
    assert compare(saved, observed).verdict is NotebookVerdict.DIFFERS
    assert compare_notebooks(saved, observed).verdict is NotebookVerdict.DIFFERS
