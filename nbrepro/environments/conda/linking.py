"""Fetches packages and links them into a folder with py-rattler; a program of its own, which imports nothing of nbrepro.

After py-rattler has reported a failure it goes on linking other packages in the background. What writes into a folder that is to
be removed must have ended first, and only the end of a process makes sure of that.

Standard input: a line of JSON with `records` (the fields of `CondaRecord`), `folder` and `cache`; when it is closed before the
work is done, whoever asked for it has died, and the program ends. Exit status 1: it failed, and standard output says why.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rattler import RepoDataRecord


def main() -> None:
    """Does what standard input says and ends the process at once."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_asker, daemon=True).start()
    status = 0
    try:
        asyncio.run(_install(request))
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller says it
        sys.stdout.write(str(error) or type(error).__name__)
        sys.stdout.flush()
        status = 1
    # An orderly end would crash if a thread of py-rattler still used the interpreter.
    os._exit(status)


def _end_with_the_asker() -> None:
    sys.stdin.read()
    os._exit(2)


async def _install(request: dict[str, Any]) -> None:
    from rattler import install

    await install(
        [_record(fields) for fields in request["records"]],
        target_prefix=request["folder"],
        cache_dir=request["cache"],
        execute_link_scripts=False,
        show_progress=False,
    )


def _record(fields: dict[str, Any]) -> RepoDataRecord:
    from rattler import BuildString, PackageRecord, RepoDataRecord

    package = PackageRecord(
        name=fields["name"],
        version=fields["version"],
        build=BuildString(fields["build"]),
        build_number=fields["build_number"],
        subdir=fields["subdir"],
        noarch=fields["noarch"],
        depends=fields["depends"],
        sha256=bytes.fromhex(fields["sha256"]) or None,
        md5=bytes.fromhex(fields["md5"]) or None,
        size=fields["size"],
    )
    return RepoDataRecord(package, fields["file_name"], fields["url"], fields["channel"])


if __name__ == "__main__":
    main()
