"""Ground floor: the frozen values and the vocabulary that every other room speaks. No input, no output."""

from nbrepro.model.comparison import (
    Because,
    Comparison,
    Judgement,
    NotebookVerdict,
    OutputComparison,
    StepComparison,
    Verdict,
    worst,
)
from nbrepro.model.execution import (
    Display,
    ErrorOutput,
    Execution,
    Failure,
    FailureKind,
    Origin,
    Output,
    Step,
    StepStatus,
    Stream,
)

__all__ = [
    "Because",
    "Comparison",
    "Display",
    "ErrorOutput",
    "Execution",
    "Failure",
    "FailureKind",
    "Judgement",
    "NotebookVerdict",
    "Origin",
    "Output",
    "OutputComparison",
    "Step",
    "StepComparison",
    "StepStatus",
    "Stream",
    "Verdict",
    "worst",
]
