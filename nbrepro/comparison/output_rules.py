"""Named rules of the comparison of streams, errors and what is around an output; each can be switched off."""

from __future__ import annotations

ADDED_REPRESENTATIONS = "added-representations"
ERROR_CLASSES = "error-classes"
FRONT_END_REPRESENTATIONS = "front-end-representations"
LATEX_DELIMITERS = "latex-delimiters"
OUTPUT_METADATA = "output-metadata"
OUTPUT_ORDER = "output-order"
OUTPUT_TYPE = "output-type"
PROGRESS_BARS = "progress-bars"
PYTHON_MESSAGE_WORDING = "python-message-wording"
QUALIFIED_NAMES = "qualified-names"
RENDERED_REPRESENTATIONS = "rendered-representations"
TERMINAL_CONTROL = "terminal-control"
TRACEBACK = "traceback"
WARNING_LOCATIONS = "warning-locations"

OUTPUT_RULES: dict[str, str] = {
    ADDED_REPRESENTATIONS: "A re-run may show an output in further ways (HTML beside text) if all saved ones came again and tell it.",
    ERROR_CLASSES: "What one Python raises as IOError or ImportError, another may raise as a more special class, with the same message.",
    FRONT_END_REPRESENTATIONS: "Representations that Colab, VS Code and other front ends add to an output may lack on one side.",
    LATEX_DELIMITERS: "A formula may stand between $, $$ or in \\displaystyle; the formula itself counts.",
    OUTPUT_METADATA: "Metadata of an output, such as its background or its size on the page, may differ.",
    OUTPUT_ORDER: "Printed text and displays of one cell may come in another order.",
    OUTPUT_TYPE: "The value of a cell's last expression may be displayed instead, and the other way round.",
    PROGRESS_BARS: "Progress bars are compared in their last state, without their drawing, times and speeds; counts and values stay.",
    PYTHON_MESSAGE_WORDING: "Python versions may say the same with other words; every fact that both messages state must be equal.",
    QUALIFIED_NAMES: "A type of error may stand with or without its module.",
    RENDERED_REPRESENTATIONS: "A picture of what HTML or LaTeX of an output says may be absent, and a formula may be drawn in another way.",
    TERMINAL_CONTROL: "Text is compared as a terminal shows it: carriage returns, backspaces and cursor moves done, colours dropped.",
    TRACEBACK: "Tracebacks may name other files, lines and frames inside libraries; the type and the message of the error count.",
    WARNING_LOCATIONS: "Warnings may come from another file and line; their category and message count.",
}
"""Name of every rule, with a sentence that describes it."""
