"""An emulation for people: what came out, what of it really ran, and what a model said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from html import escape

from nbrepro.simulation.emulation.asking import lines_of
from nbrepro.simulation.emulation.result import EmulatedCall, Emulation

WIDTH = 100
SHOWN_CALLS = 40
LISTED_CALLS = 500
"""Of a page."""
STYLE = "font-family:monospace;white-space:pre-wrap;text-align:left;vertical-align:top"


def lines(emulation: Emulation) -> Iterator[str]:
    """The emulation as text: the value, the output, how far it is real, the calls."""
    yield from _result(emulation)
    yield from ("output:", *(f"  {line}" for line in emulation.output.splitlines())) if emulation.output else ()
    yield from _how_real(emulation)
    for call in emulation.calls[:SHOWN_CALLS]:
        yield f"  {'' if call.line is None else f'line {call.line}: '}{_cut(call.text)} → {_cut(call.gave)}{_remarks(call)}"
    if len(emulation.calls) > SHOWN_CALLS:
        yield f"  and {len(emulation.calls) - SHOWN_CALLS} further calls"


def _result(emulation: Emulation) -> Iterator[str]:
    if emulation.value is not None and not (emulation.value == "None" and emulation.output):
        yield f"{emulation.program.call} = {_cut(emulation.value)}"
    if emulation.problem:
        kind, message = emulation.problem
        place = f" in line {emulation.line}" if emulation.line else ""
        yield f"{emulation.status}{place}: {kind + ': ' if kind != emulation.status else ''}{message}"
    elif emulation.value is None:
        yield str(emulation.status)


def _how_real(emulation: Emulation) -> Iterator[str]:
    if emulation.simulated_because:
        yield f"simulated by {emulation.model}, nothing ran: {emulation.simulated_because}"
    else:
        if emulation.ran is not None:
            yield f"{_counted(sum(emulation.ran.values()), 'statement')} really ran on Python {emulation.python}"
        share = emulation.real_share
        yield f"{_counted(len(emulation.calls), 'call')} answered by {emulation.model}" + ("" if share is None else f" ({share:.1%} real)")
    repeated = sum(call.is_repeated for call in emulation.calls)
    if repeated:
        yield f"{repeated} of them as earlier calls with equal arguments"
    if emulation.unanswered:
        yield f"no usable answer: {_counted(emulation.unanswered, 'call')}; what follows them is not what the program would do"
    yield from (f"not emulated: {name.name} (line {name.lines[0]}): {name.why}" for name in emulation.undefined.refused)
    if emulation.is_output_cut:
        yield "the output is longer than what was kept"
    tokens = emulation.usage
    if tokens.prompt_tokens is not None:
        yield f"tokens: {tokens.prompt_tokens} asked, {tokens.completion_tokens or 0} answered"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _remarks(call: EmulatedCall) -> str:
    found = [*call.notation, *(["repeated"] if call.is_repeated else []), *(["asked again"] if len(call.completions) > 1 else [])]
    return f" [{', '.join(found)}]" if found else ""


def _cut(text: str) -> str:
    line = text.replace("\n", "\\n")
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"


def page(emulation: Emulation) -> str:
    """The emulation as HTML. Everything that the program and the model said is escaped."""
    head = "<br>".join(escape(line) for line in (*_result(emulation), *_how_real(emulation)))
    output = f"<pre>{escape(emulation.output)}</pre>" if emulation.output else ""
    return f"<p>{head}</p>{output}{_program_table(emulation)}{_call_table(emulation)}"


def _program_table(emulation: Emulation) -> str:
    """Each line of the program with how often it ran and what calls in it were answered."""
    at = defaultdict(list)
    for call in emulation.calls:
        at[call.line].append(f"{_cut(call.text)} → {_cut(call.gave)}")
    ran = emulation.ran or {}
    rows = []
    for number, line in enumerate(lines_of(emulation.program.code), 1):
        answered = "\n".join(at[number][:SHOWN_CALLS])
        colour = "#f4f0d8" if at[number] else ""
        rows.append(_row((str(number), str(ran.get(number, "")), line, answered), colour))
    return _table(("line", "ran", "source", "answered by the model"), rows)


def _call_table(emulation: Emulation) -> str:
    rows = []
    for number, call in enumerate(emulation.calls[:LISTED_CALLS], 1):
        cells = (str(number), str(call.line or ""), call.text, call.gave, _remarks(call).strip(" []"), _said(call))
        rows.append(_row(cells, "#f8d0d0" if call.problem else ""))
    hidden = len(emulation.calls) - len(rows)
    more = f"<p>and {_counted(hidden, 'further call')}</p>" if hidden else ""
    return _table(("call", "line", "asked", "gave", "remarks", "what the model said"), rows) + more if rows else ""


def _said(call: EmulatedCall) -> str:
    """Everything that the model said about a call, also what could not be read."""
    return "\n⁂\n".join(completion.text for completion in call.completions) or call.answer


def _row(cells: tuple[str, ...], colour: str) -> str:
    style = f"background:{colour};color:#222" if colour else ""
    return f'<tr style="{style}">' + "".join(f'<td style="{STYLE}">{escape(cell)}</td>' for cell in cells) + "</tr>"


def _table(headings: tuple[str, ...], rows: list[str]) -> str:
    head = "".join(f'<th scope="col" style="text-align:left">{heading}</th>' for heading in headings)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
