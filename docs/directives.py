"""Directives that put into the pages what the program itself says, so that they can't disagree."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from nbrepro.commands.parsers import build_parser
from nbrepro.comparison.normalizations import NAMES

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Help(SphinxDirective):
    """The help of a verb, or of one of its actions, as `--help` prints it."""

    optional_arguments: ClassVar[int] = 2

    def run(self) -> list[nodes.Node]:
        """One literal block."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
            build_parser().parse_args([*self.arguments, "--help"])
        text = output.getvalue()
        return [nodes.literal_block(text, text, language="text")]


class Normalizations(SphinxDirective):
    """Every normalization with what it equates."""

    def run(self) -> list[nodes.Node]:
        """One definition list."""
        lines = [line for name, meaning in sorted(NAMES.items()) for line in (f"`{name}`", f": {meaning}", "")]
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, source="nbrepro.comparison.normalizations"), 0, holder)
        return list(holder.children)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("help", Help)
    app.add_directive("normalizations", Normalizations)
    return {"parallel_read_safe": True}
