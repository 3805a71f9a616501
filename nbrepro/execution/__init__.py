"""Runs notebooks through real Jupyter kernels, under limits."""

from nbrepro.execution.interpreters import Environment, at, at_content, current
from nbrepro.execution.limits import Limits
from nbrepro.execution.parameters import parameterized, parse_parameter
from nbrepro.execution.progress import Event, Order, Progress, Runner
from nbrepro.execution.runner import execute

__all__ = [
    "Environment",
    "Event",
    "Limits",
    "Order",
    "Progress",
    "Runner",
    "at",
    "at_content",
    "current",
    "execute",
    "parameterized",
    "parse_parameter",
]
