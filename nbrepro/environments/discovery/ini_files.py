"""Files of the INI format, in which several tools declare."""

from __future__ import annotations

import configparser

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding, problem


def parse_ini(text: str, file: ProjectFile) -> configparser.ConfigParser | Finding:
    """What a file holds, as it stands there; a problem of the file where it is of another form."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError) as error:
        return problem(file.source(), f"can't be read as an INI file ({type(error).__name__})")
    return parser
