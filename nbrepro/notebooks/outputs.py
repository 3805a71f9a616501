"""Mending of the outputs of a code cell."""

from __future__ import annotations

from typing import Any

from nbrepro.notebooks.fields import mend_count, mend_object
from nbrepro.notebooks.place import Place, described
from nbrepro.notebooks.texts import mended_payloads, mended_text
from nbrepro.notebooks.upgrading import OUTPUT_TYPES, upgrade_output

_KNOWN = {"stream", "display_data", "execute_result", "error"}


def mend_outputs(cell: dict[str, Any], place: Place) -> None:
    """See to it that the outputs of a code cell are a list of outputs whose fields have their types.

    Raises:
        UnreadableNotebookError: They hold something, but no outputs.
    """
    outputs = cell.get("outputs")
    if outputs is None:
        place.mended(f"outputs was {'null' if 'outputs' in cell else 'missing'}, read as empty")
        cell["outputs"] = outputs = []
    elif isinstance(outputs, dict) and "output_type" in outputs:
        place.mended("outputs was a single output, read as a list of one")
        cell["outputs"] = outputs = [outputs]
    if not isinstance(outputs, list):
        raise place.at("outputs").unreadable("a list of outputs", described(outputs))
    for number, output in enumerate(outputs, start=1):
        _mend_output(output, place.at(f"output {number}"))


def _mend_output(output: Any, place: Place) -> None:  # noqa: ANN401 - any JSON value
    if not isinstance(output, dict):
        raise place.unreadable("an output (an object)", described(output))
    _mend_output_type(output, place)
    match output["output_type"]:
        case "stream":
            _mend_stream(output, place)
        case "display_data" | "execute_result":
            _mend_display(output, place)
        case "error":
            _mend_error(output, place)


def _mend_output_type(output: dict[str, Any], place: Place) -> None:
    kind = output.get("output_type")
    if not isinstance(kind, str):
        guess = _guessed_type(output)
        if guess is None:
            raise place.at("output_type").unreadable("stream, display_data, execute_result or error", described(kind))
        place.mended(f"output_type was {described(kind) if 'output_type' in output else 'missing'}, read as {guess}")
        output["output_type"] = guess
    elif kind in OUTPUT_TYPES:
        place.mended(f"the output type {kind} is that of nbformat 3, read as {OUTPUT_TYPES[kind]}")
        upgrade_output(output, place)
    elif kind not in _KNOWN:
        place.mended(f"the output type {kind!r} is unknown, kept in the file and not compared")


def _guessed_type(output: dict[str, Any]) -> str | None:
    if "data" in output:
        return "execute_result" if output.get("execution_count") is not None else "display_data"
    if "ename" in output or "traceback" in output:
        return "error"
    return "stream" if "text" in output else None


def _mend_stream(output: dict[str, Any], place: Place) -> None:
    name = output.get("name")
    if not isinstance(name, str):
        output["name"] = "stdout"
        place.mended(f"the name of the stream was {described(name) if 'name' in output else 'missing'}, read as stdout")
    output["text"] = mended_text(output.get("text"), "text", place)


def _mend_display(output: dict[str, Any], place: Place) -> None:
    data = output.get("data")
    if data is None:
        place.mended(f"data was {'null' if 'data' in output else 'missing'}, read as empty")
        data = {}
    if not isinstance(data, dict):
        raise place.at("data").unreadable("an object of representations by MIME type", described(data))
    output["data"] = mended_payloads(data, place)
    mend_object(output, "metadata", place)
    if output["output_type"] == "execute_result":
        mend_count(output, place)


def _mend_error(output: dict[str, Any], place: Place) -> None:
    for name in ("ename", "evalue"):
        output[name] = mended_text(output.get(name), name, place)
    traceback = output.get("traceback")
    if isinstance(traceback, list):
        output["traceback"] = [mended_text(line, f"traceback[{number}]", place) for number, line in enumerate(traceback)]
        return
    place.mended(f"traceback was {described(traceback) if 'traceback' in output else 'missing'} where a list of lines was expected")
    output["traceback"] = [] if traceback is None else [mended_text(traceback, "traceback", place)]
