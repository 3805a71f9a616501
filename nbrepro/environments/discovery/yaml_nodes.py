"""YAML without its dangers: the tree as it stands in the text, no objects, no expanded aliases, bounded depth.

Values stay text, so that a version `3.10` doesn't become the number 3.1, and each has its line.
"""

from __future__ import annotations

import yaml

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML that was built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

_MAXIMUM_DEPTH = 30
"""An environment has four levels; the composer is recursive."""


_MAXIMUM_ALIASES = 100
"""References to one long list multiply it."""


class BadYamlError(Exception):
    """The text is no YAML that is read; the message says where."""


def compose(text: str) -> yaml.Node | None:
    """The root of the first document; None for an empty one.

    Raises:
        BadYamlError: no YAML, or nested too deeply.
    """
    try:
        _check_bounds(text)
        return yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadYamlError(_shortened(error)) from error


def _check_bounds(text: str) -> None:
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_Loader):
        aliases += isinstance(event, yaml.AliasEvent)
        if aliases > _MAXIMUM_ALIASES:
            raise BadYamlError(f"more than {_MAXIMUM_ALIASES} references to other places")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAXIMUM_DEPTH:
            raise BadYamlError(f"nested more than {_MAXIMUM_DEPTH} levels deep")


def _shortened(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = str(getattr(error, "problem", None) or str(error).splitlines()[0])
    return f"line {mark.line + 1}: {what}" if mark is not None else what


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """The entries of a mapping; empty for anything else."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def items(node: yaml.Node | None) -> list[yaml.Node]:
    """The items of a sequence; a single value counts as one; empty for anything else."""
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    return [node] if isinstance(node, yaml.ScalarNode) and node.value else []


def scalar(node: yaml.Node | None) -> str:
    """The text of a value as it is written; empty for anything else."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def line_of(node: yaml.Node) -> int:
    """Its line, counted from 1."""
    return int(node.start_mark.line) + 1
