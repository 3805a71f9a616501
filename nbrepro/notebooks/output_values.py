"""Outputs as nbformat 4 writes them, and as values."""

from __future__ import annotations

from typing import Any

from nbrepro.model import Display, ErrorOutput, Output, Stream


def as_output(output: dict[str, Any]) -> Output | None:
    """The output as a value; None for a type of output that is unknown, which the document's repairs tell of."""
    match output["output_type"]:
        case "stream":
            return Stream(output["name"], output["text"])
        case "error":
            return ErrorOutput(output["ename"], output["evalue"], tuple(output["traceback"]))
        case "execute_result":
            return Display(output["data"], output["metadata"], is_result=True, execution_count=output["execution_count"])
        case "display_data":
            return Display(output["data"], output["metadata"])
        case _:
            return None


def as_json(output: Output) -> dict[str, Any]:
    """The output as nbformat 4 has it, its fields in the order in which Jupyter writes them."""
    match output:
        case Stream(name, text):
            return {"name": name, "output_type": "stream", "text": text}
        case ErrorOutput(name, value, traceback):
            return {"ename": name, "evalue": value, "output_type": "error", "traceback": list(traceback)}
        case Display(data, metadata, is_result=False):
            return {"data": dict(data), "metadata": dict(metadata), "output_type": "display_data"}
        case Display(data, metadata, execution_count=count):
            return {"data": dict(data), "execution_count": count, "metadata": dict(metadata), "output_type": "execute_result"}
