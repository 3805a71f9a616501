"""The model that options mean: a recording, or an endpoint behind a cache, with or without a recorder."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nbrepro.errors import RequestError
from nbrepro.simulation.models.protocol import Model


@contextmanager
def reached_model(arguments: argparse.Namespace) -> Iterator[Model]:
    """The model that the options mean; its connections are closed at the end.

    Raises:
        RequestError: no model is named, or both a recording and a server; a file, a folder or the URL can't be used.
        MissingExtraError: the `openai` client is not installed.
    """
    with ExitStack() as stack:
        model = _replayed(arguments) if arguments.replay else _asked(arguments, stack)
        if arguments.record:
            from nbrepro.simulation.models.recorded import Recorder

            model = Recorder(model, Path(arguments.record))
        yield model


def _replayed(arguments: argparse.Namespace) -> Model:
    if arguments.endpoint:
        raise RequestError("--replay takes answers from a file and --endpoint asks a server: give one of them")
    from nbrepro.simulation.models.recorded import Replay

    return Replay(Path(arguments.replay), arguments.model)


def _asked(arguments: argparse.Namespace, stack: ExitStack) -> Model:
    if not arguments.model:
        raise RequestError("no model is named: give --model NAME, or --replay FILE to take recorded answers")
    from nbrepro.simulation.models.endpoint import Endpoint

    endpoint = stack.enter_context(Endpoint(arguments.model, arguments.endpoint))
    if arguments.no_cache:
        return endpoint
    from nbrepro.simulation.models.cached import Cached

    return Cached(endpoint, Path(arguments.cache) if arguments.cache else None)
