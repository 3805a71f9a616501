"""The Slurm executor: a Dask cluster of its own, whose workers are jobs that dask-jobqueue hands to `sbatch`.

`--executor 'slurm://QUEUE?workers=8&memory=8GB&walltime=02:00:00'` is called on a machine from which jobs can be submitted,
and which they can reach; the project, the notebooks and this Python must be on a file system that all machines share.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from nbrepro.corpora.cluster import AHEAD, DaskExecutor
from nbrepro.corpora.executors import Event
from nbrepro.corpora.items import Item
from nbrepro.errors import MissingExtraError, RequestError

if TYPE_CHECKING:
    from dask_jobqueue import SLURMCluster

NODE_CACHE: Final = "${SLURM_TMPDIR:-${TMPDIR:-/tmp}}/nbrepro-$USER"
"""Where a machine keeps its environments: on a disk of its own, as locks and links want it."""
RESERVE: Final = 600_000_000
"""Bytes of a job's memory that are left to Dask and to nbrepro."""
EARLY_SECONDS: Final = 120
"""How long before the end of its time a worker takes nothing new: its items go to another one."""
_MANY: Final = frozenset({"directive", "setup"})
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class SlurmJobs:
    """What is asked of Slurm: each worker is a job."""

    queue: str | None = None
    """Partition; None: the cluster's own choice."""
    workers: int = 4
    memory: str = "4GB"
    """Of each worker, with the notebook that it runs."""
    cpus: int = 1
    """Of each worker; it runs one notebook at a time all the same."""
    walltime: str | None = None
    """As Slurm writes it: minutes, HH:MM:SS or D-HH:MM:SS; None: the cluster's own choice."""
    account: str | None = None
    cache: str = NODE_CACHE
    """Folder of environments on each machine; variables are those of the job."""
    python: str = sys.executable
    logs: str | None = None
    """Folder for what the jobs print; None: where Slurm puts it."""
    host: str | None = None
    """Name or address by which jobs reach this machine; None: what Dask finds."""
    interface: str | None = None
    """Network device over which jobs reach this machine, such as ib0."""
    directive: tuple[str, ...] = ()
    """Further `#SBATCH` lines, such as --constraint=haswell."""
    setup: tuple[str, ...] = ()
    """Lines of shell before the worker starts, such as module load python."""


def jobs_of(address: str, workers: int | None = None) -> SlurmJobs:
    """What an address such as `//short?workers=8&memory=8GB` asks for.

    >>> jobs_of("//short?workers=8&memory=8GB&setup=module load gcc").setup
    ('module load gcc',)

    Raises:
        RequestError: it names an option that there is not, or a value that can't be one.
    """
    parts = urlsplit(address)
    values: dict[str, Any] = {"queue": parts.netloc or None, **({"workers": workers} if workers else {})}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in SlurmJobs.__dataclass_fields__:
            raise RequestError(f"--executor slurm: there is no option {name!r}; there are: {', '.join(SlurmJobs.__dataclass_fields__)}")
        if not value.strip() or "\n" in value:
            raise RequestError(f"--executor slurm: {name}={value!r}: expected one line of text")
        values[name] = (*values.get(name, ()), value) if name in _MANY else value
    for name in ("workers", "cpus"):
        if name in values:
            values[name] = _count(name, str(values[name]))
    jobs = SlurmJobs(**values)
    seconds_of(jobs.walltime)
    return jobs


def _count(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise RequestError(f"--executor slurm: {name}={text}: expected a number from 1 on")
    return int(text)


def seconds_of(walltime: str | None) -> int | None:
    """A time as Slurm writes it, in seconds; None for none.

    >>> seconds_of("90"), seconds_of("02:00:00"), seconds_of("1-12"), seconds_of("30:30")
    (5400, 7200, 129600, 1830)

    Raises:
        RequestError: it is no such time.
    """
    if walltime is None:
        return None
    days, dash, rest = walltime.rpartition("-")
    numbers = rest.split(":")
    longest = 3
    if len(numbers) > longest or not all(number.isdecimal() for number in (*numbers, days or "0")):
        raise RequestError(f"--executor slurm: walltime={walltime}: expected minutes, HH:MM:SS or D-HH:MM:SS")
    if dash or len(numbers) == longest:
        hours, minutes, seconds = (*map(int, numbers), 0, 0)[:longest]
        return int(days or 0) * 86_400 + hours * 3_600 + minutes * 60 + seconds
    minutes, seconds = (*map(int, numbers), 0)[:2]
    return minutes * 60 + seconds


def slurm_cluster(jobs: SlurmJobs) -> SLURMCluster:
    """The cluster of dask-jobqueue, without any worker yet; `job_script()` is what `sbatch` will get.

    Each job is one worker with one thread, as a notebook takes one kernel; `cpus` are the kernel's. Nobody restarts a worker within
    its job: Slurm ends the whole job where it uses too much memory, and another is submitted for it.

    Raises:
        MissingExtraError: dask-jobqueue is not installed.
        RequestError: the memory is no size, or the machine has no such network device.
    """
    if find_spec("dask_jobqueue") is None:
        raise MissingExtraError("--executor slurm", "slurm")
    from dask_jobqueue import SLURMCluster

    try:
        return SLURMCluster(
            queue=jobs.queue,
            account=jobs.account,
            cores=1,
            processes=1,
            job_cpu=jobs.cpus,
            memory=jobs.memory,
            walltime=jobs.walltime,
            nanny=False,
            python=shlex.quote(jobs.python),
            job_name="nbrepro",
            local_directory="${TMPDIR:-/tmp}",
            log_directory=jobs.logs,
            interface=jobs.interface,
            scheduler_options={"dashboard_address": ":0", **({"host": jobs.host} if jobs.host else {})},
            worker_extra_args=_lifetime(jobs),
            job_extra_directives=list(jobs.directive),
            job_script_prologue=list(_prologue(jobs)),
        )
    except ValueError as error:
        raise RequestError(f"--executor slurm: {error}") from error


def _lifetime(jobs: SlurmJobs) -> list[str]:
    """Workers leave before Slurm ends them, so that what they have is told and what they were to do is given to others."""
    seconds = seconds_of(jobs.walltime)
    return [] if seconds is None else ["--lifetime", f"{max(seconds - EARLY_SECONDS, seconds // 2)}s"]


def _prologue(jobs: SlurmJobs) -> Iterator[str]:
    yield from jobs.setup
    yield f'export NBREPRO_CACHE="{jobs.cache}"'
    yield 'mkdir -p "$NBREPRO_CACHE"'
    # Numerical libraries count the processors of the machine, not those of the job.
    yield from (f'export {name}="${{SLURM_CPUS_PER_TASK:-{jobs.cpus}}}"' for name in _THREADS)


def slurm_executor(address: str, *, jobs: int | None, network: bool) -> SlurmExecutor:
    """The executor of `slurm://QUEUE?workers=8&memory=8GB`.

    Raises:
        MissingExtraError: dask-jobqueue is not installed.
        RequestError: an option is wrong, there is no `sbatch` here, or it refuses such jobs.
    """
    wanted = jobs_of(address, jobs)
    if find_spec("dask_jobqueue") is None:
        raise MissingExtraError("--executor slurm", "slurm")
    if shutil.which("sbatch") is None:
        raise RequestError("--executor slurm: there is no sbatch here; call it on a machine from which jobs can be submitted")
    return SlurmExecutor(wanted, network=network)


class SlurmExecutor:
    """Runs items in jobs of Slurm."""

    def __init__(self, jobs: SlurmJobs, *, network: bool) -> None:
        self._jobs = jobs
        self._network = network
        self._cluster = slurm_cluster(jobs)
        try:
            _refuse_what_slurm_refuses(self._cluster.job_script())
        except RequestError:
            self._cluster.close()
            raise

    @property
    def words(self) -> str:
        """What it is, and where its dashboard can be watched."""
        where = f" in {self._jobs.queue}" if self._jobs.queue else ""
        return f"up to {self._jobs.workers} Slurm jobs{where}, {self._jobs.memory} each, dashboard: {self._cluster.dashboard_link}"

    def run(self, items: Iterable[Item]) -> Iterator[Event]:
        """The events of the items; when it is closed, the jobs are cancelled."""
        from dask.utils import parse_bytes
        from distributed import Client

        memory = parse_bytes(self._jobs.memory)
        try:
            # Keeps as many jobs as are wanted: one that has ended, for whatever reason, is followed by another.
            self._cluster.adapt(minimum_jobs=self._jobs.workers, maximum_jobs=self._jobs.workers)
            client = Client(self._cluster, set_as_default=False)
            ahead, left = AHEAD * self._jobs.workers, max(memory - RESERVE, memory // 2)
            yield from DaskExecutor(client, "Slurm", jobs=ahead, network=self._network, memory=left).run(items)
        finally:
            self._cluster.close()


def _refuse_what_slurm_refuses(script: str) -> None:
    """Ask `sbatch` about a script without submitting it: jobs that are refused later would be waited for without end.

    Raises:
        RequestError: Slurm takes no such jobs.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".sh", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(["sbatch", "--test-only", file.name], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RequestError(f"--executor slurm: sbatch refuses such jobs: {done.stderr.strip()[-300:] or f'status {done.returncode}'}")
