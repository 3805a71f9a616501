"""The report of scored answers as one HTML page: figures, plots, and every trace that parts from the real one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from nbrepro import __version__
from nbrepro.reports.characters import one_line
from nbrepro.reports.plots import ABSENT, plots_or_none
from nbrepro.reports.plots.simulation import score_plots, trace_plots
from nbrepro.reports.templating import STATIC_POLICY, environment, own_file
from nbrepro.simulation.scoring import Score
from nbrepro.simulation.traced import AlignedAnswer, TraceScore, pair_page

if TYPE_CHECKING:
    from markupsafe import Markup

    from nbrepro.reports.plots.plot import Plot

SHOWN_TRACES = 200
"""Traces that a page shows; further ones are counted."""


def all_plots(score: Score | None, traces: TraceScore | None) -> tuple[Plot, ...]:
    """The plots of answers and of stated traces, as far as there are any.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    answers = score_plots(score) if score is not None else ()
    return (*answers, *(trace_plots(traces) if traces is not None else ()))


def as_html(score: Score | None, traces: TraceScore | None = None, *, told: str = "") -> str:
    """Answers with their plots, and the traces that diverge, as one self-contained page without scripts; all foreign text is escaped.

    Args:
        score: of outputs and inputs; None where there are none.
        traces: stated traces beside the real ones.
        told: what else there is to say, as HTML.
    """
    from markupsafe import Markup

    diverging = [found for found in (traces.aligned if traces else ()) if not found.alignment.is_clean]
    return (
        environment()
        .get_template("simulation.html.j2")
        .render(
            policy=STATIC_POLICY,
            version=__version__,
            headline=headline(score),
            figures=list(_figures(score, traces)),
            told=Markup(told),  # noqa: S704 - its caller has escaped what is foreign
            plots=plots_or_none(partial(all_plots, score, traces)),
            absent=ABSENT,
            diverging=[_part(found) for found in diverging[:SHOWN_TRACES]],
            more=max(0, len(diverging) - SHOWN_TRACES),
            css=Markup(own_file("report.css") + own_file("corpus.css") + own_file("simulation.css")),  # noqa: S704 - own files
        )
    )


def headline(score: Score | None) -> str:
    """The score in one sentence."""
    if score is None:
        return "What a model said about programs"
    figures = score.summary()
    return f"{figures['right']:,} of {figures['answers']:,} answers to {figures['tasks']:,} programs are right"


def _figures(score: Score | None, traces: TraceScore | None) -> Iterator[tuple[str, str]]:
    for model, part in score.by_model().items() if score is not None else ():
        yield f"{one_line(model, 80) or 'answers'}, pass@1", str(part.pass_at(1))
    if traces is not None:
        clean = sum(found.alignment.is_clean for found in traces.aligned)
        yield "traces without a divergence", f"{clean:,} of {len(traces.aligned):,}"


def _part(found: AlignedAnswer) -> tuple[str, Markup]:
    from markupsafe import Markup

    name = f"{found.answer.task}, {found.answer.model}" if found.answer.model else found.answer.task
    return one_line(name, 120), Markup(pair_page(found))  # noqa: S704 - it escapes what is foreign
