"""Notebooks whose every text tries to get out of the place it is shown in."""

from __future__ import annotations

from reports.examples import compared, comparison_of, printed, report_of, result_of, step_of

from nbrepro.model import (
    Because,
    Display,
    ErrorOutput,
    Failure,
    FailureKind,
    NotebookVerdict,
    Verdict,
)
from nbrepro.reports.results import NotebookResult, Report

LIVE = "window.parent.pwned = window.pwned = true; fetch('http://outside.example/fetched')"
ATTACKS = (
    f"</script><script>{LIVE}</script>",
    "</iframe><img src='http://outside.example/a.png'>",
    f'"><img src=x onerror="{LIVE}">',
    "]]></failure><testcase name='forged'/>",
    "\x1b[2J\x1b]0;title\x07\x1b[31mred\x1b[0m\x9b31m",
    "nul \x00 bell \x07 delete \x7f form \x0c",
    "user\u202egnp.exe \u2066isolate\u2069",
    "lone \ud800 surrogate \uffff",
    "{{ 7 * 7 }} {% raw %}",
    "| a | b |\n```\n</details><script>alert(1)</script>\n@everyone :tada: www.outside.example http://outside.example",
    "javascript:alert(1)",
    "x" * 50_000,
)
PAGE = f"""<script>{LIVE}</script><img src="http://outside.example/b.png" onerror="{LIVE}">
<link rel=stylesheet href=http://outside.example/c.css>
<link rel=preconnect href=http://outside.example><meta http-equiv=refresh content="0;url=http://outside.example/d"><iframe src="http://outside.example/e">
</iframe><style>@import url(http://outside.example/f.css);body{{background:url(http://outside.example/g.png)}}</style>
<svg onload="{LIVE}"></svg>
<form action="http://outside.example/h"><button>go</button></form><video src="http://outside.example/i" autoplay></video>
<object data="http://outside.example/j"></object><base href="http://outside.example/"><a href="relative">k</a><p id="seen">seen</p>"""
SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="{LIVE.replace("&", "&amp;")}"><script>{LIVE}</script>
<image href="http://outside.example/l.png" width="9" height="9"/><rect width="40" height="40" fill="green"/></svg>"""


def hostile_result() -> NotebookResult:
    texts = [
        step_of(
            number,
            attack[:30_000],
            printed(Verdict.DIFFERENT, attack, attack[::-1], Because(attack[:200], attack, float("inf"))),
            compared(
                Verdict.DIFFERENT,
                attack[:100],
                Display({attack[:100]: attack, "application/javascript": attack}, {attack: attack}),
                Display({attack[:100]: attack + "!", "application/json": {attack[:100]: [attack]}}),
            ),
            compared(Verdict.EXTRA, "error", None, ErrorOutput(attack, attack, (attack, attack))),
        )
        for number, attack in enumerate(ATTACKS)
    ]
    pictures = [
        step_of(
            100 + number,
            "display(page)",
            compared(Verdict.DIFFERENT, mime, Display({mime: payload}), Display({mime: payload + " "})),
            compared(Verdict.IDENTICAL, mime, Display({mime: payload}), Display({mime: payload})),
        )
        for number, (mime, payload) in enumerate(
            (
                ("text/html", PAGE),
                ("text/html", PAGE + "<p>long</p>" * 30_000),
                ("image/svg+xml", SVG),
                ("image/png", '"><script>alert(1)</script>'),
                ("application/javascript", LIVE),
                ("text/markdown", f"<script>{LIVE}</script>"),
                ("image/png; charset=<b>", "AAAA"),
            )
        )
    ]
    everything = " ".join(ATTACKS[:-1])
    failure = Failure(FailureKind.STEP_ERROR, everything, 0, tuple((attack[:100], attack) for attack in ATTACKS))
    comparison = comparison_of(NotebookVerdict.FAILED, *texts, *pictures, failure=failure, deviations=ATTACKS, path=everything)
    return result_of(everything, comparison, repairs=ATTACKS, output_path=everything, problem=everything, problem_slug=everything)


def hostile_report() -> Report:
    everything = " ".join(ATTACKS[:-1])
    return report_of(hostile_result(), NotebookResult(everything, None, problem=everything, problem_slug=everything))
