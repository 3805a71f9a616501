"""conda-lock.yml (version 1): conda's packages with their hashes, and those of pip beside them.

What the format has no place for stands in `custom_metadata`: the Python, the date, the departures, who asked for what, and
pip's part as the pylock.toml that it was resolved to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nbrepro.environments.conda.extra import require_extra
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.discovery.addresses import without_credentials
from nbrepro.environments.discovery.conda_explicit import exact_name
from nbrepro.environments.discovery.conda_lock import this_subdir
from nbrepro.environments.discovery.yaml_nodes import BadYamlError, compose
from nbrepro.environments.locks.pylock import lock_from_pylock
from nbrepro.errors import RequestError, UnresolvableError
from nbrepro.model import Deviation, Ecosystem, Lock, LockedPackage

if TYPE_CHECKING:
    from conda_lock.lockfile.v1.models import LockedDependency, Lockfile

FILE_NAME = "conda-lock.yml"
_OWN = "nbrepro"
_PIP = "nbrepro-pip"
_HEADER = "# The packages of a notebook's environment, exactly, written by nbrepro. conda-lock install can build it, too.\n"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a lock file holds, before it is written or after it was read."""

    subdir: str
    channels: tuple[str, ...]
    records: tuple[CondaRecord, ...]
    pip: Lock | None = None
    """Pip's part; None where there is none."""
    specs: tuple[str, ...] = ()
    """What was asked for, for the hash by which conda-lock sees whether a lock is up to date."""
    sources: tuple[str, ...] = ()
    """Files that say it, relative to the project."""
    cut: datetime | None = None
    deviations: tuple[Deviation, ...] = ()
    because: Mapping[str, tuple[str, ...]] | None = None

    @property
    def python(self) -> str:
        """Full version of the Python in it; empty where it has none."""
        return next((record.version for record in self.records if record.name == "python"), "")

    def lock(self, text: str) -> Lock:
        """The lock that a file with these contents is."""
        because = self.because or {}
        packages = tuple(_locked(record, because.get(record.name, ())) for record in self.records)
        return Lock(
            python=self.python,
            platform=self.subdir,
            packages=packages + (self.pip.packages if self.pip else ()),
            text=text,
            file_name=FILE_NAME,
            cut=self.cut,
            deviations=self.deviations,
        )


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
        custom_metadata={_OWN: json.dumps(own, ensure_ascii=False)} | ({_PIP: contents.pip.text} if contents.pip else {}),
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


def _locked(record: CondaRecord, because: tuple[str, ...]) -> LockedPackage:
    hashes = (("sha256", record.sha256), ("md5", record.md5))
    return LockedPackage(
        name=record.name,
        version=record.version,
        url=record.url,
        hashes=tuple(f"{kind}:{value}" for kind, value in hashes if value),
        ecosystem=Ecosystem.CONDA,
        uploaded=record.uploaded,
        size=record.size,
        because=because,
    )


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
    own = _own_metadata(metadata.get(_OWN, "{}"))
    records = tuple(sorted((_record(one, own) for one in main if one.manager == "conda"), key=lambda record: record.name))
    python = next((record.version for record in records if record.name == "python"), "")
    return Contents(
        subdir=subdir,
        channels=tuple(channel.url for channel in lockfile.metadata.channels),
        records=records,
        pip=_pip_lock(metadata.get(_PIP), [one for one in main if one.manager == "pip"], python, subdir),
        cut=_moment(own.get("cut")),
        deviations=tuple(Deviation(str(slug), str(message)) for slug, message in own.get("deviations", [])),
        because={str(name): tuple(map(str, reasons)) for name, reasons in own.get("because", {}).items()},
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
    return own if isinstance(own, dict) else {}


def _record(one: LockedDependency, own: Mapping[str, Any]) -> CondaRecord:
    exact = exact_name(one.url)
    if exact is None or one.url.count("/") < len(("channel", "subdir", "file")):
        raise RequestError(f"{FILE_NAME}: {one.name} has the address {without_credentials(one.url)}, which is none of a conda package")
    size, uploaded = own.get("files", {}).get(one.name, (None, None))
    return CondaRecord(
        name=one.name,
        version=one.version,
        build=exact.rpartition("=")[2],
        subdir=one.url.rsplit("/", 2)[1],
        url=one.url,
        depends=tuple(f"{name} {rest}".strip() for name, rest in one.dependencies.items()),
        md5=one.hash.md5 or "",
        sha256=one.hash.sha256 or "",
        size=size,
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
