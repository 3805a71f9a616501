"""Writes conda-lock.yml (version 1): conda's packages with their hashes, and those of pip beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from nbrepro.environments.conda.lock_contents import OWN, PIP, Contents
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.discovery.addresses import without_credentials
from nbrepro.errors import UnresolvableError
from nbrepro.model import Lock, LockedPackage

_HEADER = "# The packages of a notebook's environment, exactly, written by nbrepro. conda-lock install can build it, too.\n"


def write_conda_lock(contents: Contents) -> Lock:
    """The lock with its file; equal contents give equal text.

    Raises:
        UnresolvableError: a channel gives no MD5 of a package, which the format requires.
    """
    import yaml
    from conda_lock.lockfile.v1.models import LockMeta
    from conda_lock.lockfile.v2prelim.models import Lockfile as AnyLockfile
    from conda_lock.models.channel import Channel

    own = {
        "python": contents.python,
        "cut": contents.cut.astimezone(UTC).isoformat() if contents.cut else None,
        "deviations": [[one.slug, one.message] for one in contents.deviations],
        "because": {name: list(reasons) for name, reasons in sorted((contents.because or {}).items())},
        "files": {record.name: [record.size, record.uploaded and record.uploaded.isoformat()] for record in contents.records},
    }
    metadata = LockMeta(
        content_hash={contents.subdir: _content_hash(contents)},
        channels=[Channel(url=without_credentials(channel), used_env_vars=()) for channel in contents.channels],
        platforms=[contents.subdir],
        sources=list(contents.sources),
        custom_metadata={OWN: json.dumps(own, ensure_ascii=False)} | ({PIP: contents.pip.text} if contents.pip else {}),
    )
    pip = contents.pip.packages if contents.pip else ()
    dependencies = [*map(_conda_entry, contents.records, [contents.subdir] * len(contents.records))]
    lockfile = AnyLockfile(package=[*dependencies, *_pip_entries(pip, contents.subdir)], metadata=metadata)
    lockfile.alphasort_inplace()
    return contents.lock(_HEADER + yaml.dump(lockfile.to_v1().dict_for_output(), sort_keys=False, allow_unicode=True))


def _content_hash(contents: Contents) -> str:
    asked = [contents.subdir, list(contents.channels), sorted(contents.specs)]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _conda_entry(record: CondaRecord, subdir: str) -> Any:  # noqa: ANN401 - a model of conda-lock, which may be missing
    from conda_lock.lockfile.v1.models import HashModel
    from conda_lock.lockfile.v2prelim.models import LockedDependency as AnyDependency

    if not record.md5:
        raise UnresolvableError(
            f"{record.name} {record.version}", (), "its channel gives no MD5 of it, without which it can't be locked", (record.name,)
        )
    return AnyDependency(
        name=record.name,
        version=record.version,
        manager="conda",
        platform=subdir,
        dependencies=dict(_depends(record)),
        url=record.url,
        hash=HashModel(md5=record.md5, sha256=record.sha256 or None),
        categories={"main"},
    )


def _depends(record: CondaRecord) -> Iterator[tuple[str, str]]:
    for depends in record.depends:
        name, _, rest = depends.strip().partition(" ")
        yield name, rest.strip()


def _pip_entries(packages: Iterable[LockedPackage], subdir: str) -> Iterator[Any]:
    """Pip's packages that have an address, for other tools; nbrepro itself reads pip's own lock."""
    from conda_lock.lockfile.v1.models import HashModel
    from conda_lock.lockfile.v2prelim.models import LockedDependency as AnyDependency

    for package in packages:
        sha256 = next((one.removeprefix("sha256:") for one in package.hashes if one.startswith("sha256:")), None)
        if package.url:
            yield AnyDependency(
                name=package.name,
                version=package.version,
                manager="pip",
                platform=subdir,
                url=without_credentials(package.url),
                hash=HashModel(sha256=sha256),
                categories={"main"},
            )
