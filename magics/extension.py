"""The magic itself: a thin face over `nbrepro.commands`."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.completer import SimpleCompletion, context_matcher
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class

from nbrepro.commands import env, kernels, simulate, trace
from nbrepro.commands.destinations import write
from nbrepro.commands.main import perform
from nbrepro.commands.options import default_environment
from nbrepro.commands.parsers import build_parser
from nbrepro.commands.spoken import Spoken
from nbrepro.commands.this_notebook import is_being_checked, this_notebook
from nbrepro.commands.trace_here import call_in
from nbrepro.reports.display import TerminalDisplay
from nbrepro.reports.results import Report

from .self_check import SelfCheck

if TYPE_CHECKING:
    from nbrepro.commands.simulate_emulate import Emulated
    from nbrepro.commands.simulate_run import Simulated
    from nbrepro.commands.trace import View
    from nbrepro.reports.corpus_changes import ChangesReport
    from nbrepro.reports.corpus_report import CorpusReport

VERBS = ("check", "corpus", "diff", "env", "kernels", "run", "simulate", "trace")


class _Parser(argparse.ArgumentParser):
    """An argparse parser that reports mistakes as IPython's usage errors instead of ending the kernel."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage()}")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        if message is None:
            raise SystemExit(status)
        raise UsageError(message)


def _parser() -> argparse.ArgumentParser:
    return build_parser(_Parser, prog="%nbrepro")


@magics_class
class NbreproMagics(Magics):
    """`%nbrepro VERB …`."""

    @line_cell_magic
    def nbrepro(  # noqa: PLR0911 - one for each kind of result
        self, line: str, cell: str | None = None
    ) -> Report | CorpusReport | ChangesReport | SelfCheck | Simulated | Emulated | Spoken | View | None:
        """Replaced below by the help of the parser."""
        call = "" if cell is not None else call_in(line)
        arguments = self._parsed(line.removesuffix(call))
        if arguments is None:
            return None
        if cell is not None and not _takes_a_cell(arguments):
            verb = f"{arguments.verb} {getattr(arguments, 'action', '') or ''}".strip()
            raise UsageError(
                f"%%nbrepro takes the verb trace, simulate run or simulate emulate, not {verb}; write %nbrepro {verb} on a line of its own"
            )
        if arguments.verb == "trace":
            arguments.here = arguments.here or bool(call)
            return trace.perform(arguments, call or cell, self.shell.user_ns if self.shell else None)
        if arguments.verb == "check" and not arguments.paths:
            if is_being_checked():
                return SelfCheck()
            arguments.paths = [str(this_notebook(self.shell.user_ns if self.shell else {}))]
        if arguments.verb == "simulate":
            return simulate.perform(arguments, cell)
        if arguments.verb in {"env", "kernels"}:
            return env.perform(arguments) if arguments.verb == "env" else kernels.perform(arguments)
        if arguments.verb == "corpus":
            from nbrepro.commands import corpus

            return corpus.perform(arguments)
        with TerminalDisplay(quiet=arguments.quiet, only_progress=True) as display:
            report = perform(arguments, display)
        write(report, arguments)
        return report

    def _parsed(self, line: str) -> argparse.Namespace | None:
        """The arguments; None where the line only asked for help or the version."""
        try:
            arguments = _parser().parse_args(shlex.split(line))
        except SystemExit:
            return None
        except ValueError as error:
            raise UsageError(f"{line}: {error}") from error
        if arguments.version:
            from nbrepro import __version__

            print(f"nbrepro {__version__}")
            return None
        if arguments.verb is None:
            raise UsageError(f"what shall be done? One of {', '.join(VERBS)}\n{_parser().format_usage()}")
        if getattr(arguments, "env", "") is None:
            arguments.env = default_environment(inside=True)
        return arguments


def _takes_a_cell(arguments: argparse.Namespace) -> bool:
    return arguments.verb == "trace" or (arguments.verb == "simulate" and arguments.action in {"run", "emulate"})


NbreproMagics.nbrepro.__doc__ = _parser().format_help()


@context_matcher()  # type: ignore[untyped-decorator] # IPython is partly typed
def complete_verbs(context: Any) -> dict[str, Any]:  # noqa: ANN401 - IPython's completion context
    """Complete the verb after `%nbrepro`; paths after it are left to IPython."""
    words = context.line_with_cursor[: context.cursor_position].lstrip("%").split(" ")
    verb_position = 2
    if words[0] != "nbrepro" or len(words) != verb_position:
        return {"completions": []}
    completions = [SimpleCompletion(text=verb, type="magic-verb") for verb in VERBS if verb.startswith(words[1])]
    return {"completions": completions, "suppress": True}
