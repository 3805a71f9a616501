"""Reads conda-lock.yml (version 1), of nbrepro or of conda-lock."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nbrepro.environments.conda.extra import require_extra
from nbrepro.environments.conda.lock_contents import FILE_NAME, OWN, PIP, Contents
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.conda.wishes import PYTHON
from nbrepro.environments.discovery.addresses import without_credentials
from nbrepro.environments.discovery.conda_explicit import exact_name
from nbrepro.environments.discovery.conda_lock import this_subdir
from nbrepro.environments.discovery.yaml_nodes import BadYamlError, compose
from nbrepro.environments.locks.pylock import lock_from_pylock
from nbrepro.errors import RequestError
from nbrepro.model import Deviation, Lock

if TYPE_CHECKING:
    from conda_lock.lockfile.v1.models import LockedDependency, Lockfile


def read_conda_lock(text: str, *, platform: str | None = None) -> Lock:
    """The lock that a conda-lock.yml describes, of nbrepro or of conda-lock.

    Args:
        text: the file.
        platform: in conda's words, such as `linux-64`; None: this machine's.

    Raises:
        MissingExtraError: py-rattler or conda-lock is not installed.
        RequestError: it is no conda-lock.yml of version 1, or locks nothing for the platform.
    """
    return read_contents(text, platform=platform).lock(text)


def read_contents(text: str, *, platform: str | None = None) -> Contents:
    """What a conda-lock.yml holds for one platform: everything that isn't optional.

    Raises:
        MissingExtraError: py-rattler or conda-lock is not installed.
        RequestError: as `read_conda_lock`.
    """
    require_extra()
    subdir = platform or this_subdir()
    lockfile = _parsed(text)
    main = [one for one in lockfile.package if one.platform == subdir and one.category == "main" and not one.optional]
    if not main:
        locked = ", ".join(sorted({one.platform for one in lockfile.package})) or "nothing"
        raise RequestError(f"{FILE_NAME} locks no packages for {subdir}, only {locked}; lock it again for this platform")
    metadata = lockfile.metadata.custom_metadata or {}
    own = _own_metadata(metadata.get(OWN, "{}"))
    records = tuple(sorted((_record(one, own) for one in main if one.manager == "conda"), key=lambda record: record.name))
    python = next((record.version for record in records if record.name == PYTHON), "")
    return Contents(
        subdir=subdir,
        channels=tuple(channel.url for channel in lockfile.metadata.channels),
        records=records,
        pip=_pip_lock(metadata.get(PIP), [one for one in main if one.manager == "pip"], python, subdir),
        cut=_moment(own.get("cut")),
        deviations=_deviations(own.get("deviations")),
        because={name: tuple(map(str, reasons)) for name, reasons in _mapping(own.get("because")).items() if isinstance(reasons, list)},
    )


def _parsed(text: str) -> Lockfile:
    import yaml
    from conda_lock.lockfile.v1.models import Lockfile as Version1
    from pydantic import ValidationError

    try:
        compose(text)  # which refuses what is nested too deeply or multiplies itself
        content = yaml.safe_load(text)
    except (BadYamlError, yaml.YAMLError) as error:
        raise RequestError(f"{FILE_NAME} is no YAML that can be read: {error}") from error
    version = content.pop("version", None) if isinstance(content, dict) else None
    if version != 1:
        raise RequestError(f"{FILE_NAME} has version {version or 'none'}; version 1 can be read")
    try:
        return Version1.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RequestError(f"{FILE_NAME}: {place}: {first['msg']} ({error.error_count()} such places)") from error


def _own_metadata(text: str) -> dict[str, Any]:
    try:
        own = json.loads(text)
    except ValueError:
        own = None
    return _mapping(own)


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, dict) else {}


def _deviations(value: Any) -> tuple[Deviation, ...]:  # noqa: ANN401 - JSON
    pairs = value if isinstance(value, list) else []
    return tuple(Deviation(*map(str, pair)) for pair in pairs if isinstance(pair, list) and len(pair) == len(("slug", "message")))


def _record(one: LockedDependency, own: dict[str, Any]) -> CondaRecord:
    exact = exact_name(one.url)
    if exact is None or one.url.count("/") < len(("channel", "subdir", "file")):
        raise RequestError(f"{FILE_NAME}: {one.name} has the address {without_credentials(one.url)}, which is none of a conda package")
    said = _mapping(own.get("files")).get(one.name)
    size, uploaded = said if isinstance(said, list) and len(said) == len(("size", "uploaded")) else (None, None)
    return CondaRecord(
        name=one.name,
        version=one.version,
        build=exact.rpartition("=")[2],
        subdir=one.url.rsplit("/", 2)[1],
        url=one.url,
        depends=tuple(f"{name} {rest}".strip() for name, rest in one.dependencies.items()),
        md5=one.hash.md5 or "",
        sha256=one.hash.sha256 or "",
        size=size if isinstance(size, int) else None,
        uploaded=_moment(uploaded),
    )


def _pip_lock(own: str | None, entries: list[LockedDependency], python: str, subdir: str) -> Lock | None:
    if own is not None:
        return lock_from_pylock(own, python=python, platform=subdir)
    if not entries:
        return None
    lines = ['lock-version = "1.0"', 'created-by = "conda-lock"']
    for one in entries:
        if not one.hash.sha256:
            raise RequestError(f"{FILE_NAME}: {one.name} {one.version} of pip has no SHA-256, without which it is not installed")
        file = f"{{ url = {json.dumps(one.url)}, hashes = {{ sha256 = {json.dumps(one.hash.sha256)} }} }}"
        kind = f"wheels = [{file}]" if one.url.partition("#")[0].endswith(".whl") else f"sdist = {file}"
        lines += ["", "[[packages]]", f"name = {json.dumps(one.name)}", f"version = {json.dumps(one.version)}", kind]
    return lock_from_pylock("\n".join(lines) + "\n", python=python, platform=subdir)


def _moment(text: Any) -> datetime | None:  # noqa: ANN401 - JSON
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
