"""environment.yml of conda: channels, dependencies, and the `pip:` section in it."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from nbrepro.environments.discovery.conda_specs import read_spec
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Channel, Finding, problem
from nbrepro.environments.discovery.requirements import Reading, read_line
from nbrepro.environments.discovery.yaml_nodes import BadYamlError, compose, entries, items, line_of, scalar

_PIP = "pip"


def read_environment(text: str, file: ProjectFile, reading: Reading | None = None) -> Iterator[Finding]:
    """Everything that an environment file says; `name`, `prefix` and `variables` have no bearing on what is installed.

    Args:
        text: the file.
        file: which file.
        reading: where the reader of requirements stands, if one led here; None: it begins here.
    """
    reading = reading or Reading(file, seen={file.path})
    try:
        root = compose(text)
    except BadYamlError as error:
        yield problem(file.source(), f"is no YAML that can be read ({error})")
        return
    content = entries(root)
    if "dependencies" not in content:
        yield problem(file.source(), "has no dependencies")
    for channel in items(content.get("channels")):
        yield Channel(scalar(channel))
    for item in items(content.get("dependencies")):
        yield from _dependency(item, reading)


def _dependency(item: yaml.Node, reading: Reading) -> Iterator[Finding]:
    source = reading.file.source(line_of(item))
    if isinstance(item, yaml.MappingNode):
        section = entries(item)
        for name, node in section.items():
            if name == _PIP:
                yield from _pip_section(node, reading)
            else:
                yield problem(source, f"has a section {name!r} that conda doesn't know")
    elif scalar(item):
        yield from read_spec(scalar(item), source)
    else:
        yield problem(source, "is no dependency")


def _pip_section(node: yaml.Node, reading: Reading) -> Iterator[Finding]:
    file = reading.file
    for item in items(node):
        line = scalar(item).partition(" #")[0].strip()
        if line:
            yield from read_line(line, file.source(line_of(item)), reading)
        elif not isinstance(item, yaml.ScalarNode):
            yield problem(file.source(line_of(item)), "is no requirement of pip")
