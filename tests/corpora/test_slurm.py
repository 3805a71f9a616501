"""The Slurm executor: the script that it hands to `sbatch`, and a round in such jobs, which a small `sbatch` starts at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from harness import Example, code, stdout

from nbrepro.commands.main import main
from nbrepro.corpora.slurm import SlurmJobs, jobs_of, seconds_of, slurm_cluster
from nbrepro.errors import RequestError

SBATCH = """\
#!/bin/bash
jobs={jobs}
if [ "$1" = --test-only ]; then
    grep -q "^#SBATCH -p closed" "$2" && {{ echo "sbatch: error: invalid partition specified: closed" >&2; exit 1; }}
    exit 0
fi
number=$(($(ls "$jobs" | grep -c sh$) + 1))
cp "$1" "$jobs/$number.sh"
cd "$jobs"
SLURM_CPUS_PER_TASK=3 setsid bash "$number.sh" > "$number.out" 2>&1 < /dev/null &
echo $! > "$number.pid"
echo "Submitted batch job $number"
"""
SCANCEL = '#!/bin/bash\nkill -- -"$(cat {jobs}/$1.pid)" 2> /dev/null\n'


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the jobs of a Slurm that starts them at once on this machine."""
    programs, jobs = tmp_path / "bin", tmp_path / "jobs"
    programs.mkdir()
    jobs.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (programs / name).write_text(text.format(jobs=jobs), encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    yield jobs
    for file in jobs.glob("*.pid"):
        with suppress(ProcessLookupError):
            os.killpg(int(file.read_text(encoding="utf-8")), signal.SIGKILL)


def is_alive(file: Path) -> bool:
    """Whether a job still runs; a process that nobody has waited for (a zombie) doesn't."""
    try:
        return psutil.Process(int(file.read_text(encoding="utf-8"))).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", SlurmJobs()),
        ("//short", SlurmJobs(queue="short")),
        ("//short?workers=8&memory=8GB&walltime=02:00:00", SlurmJobs("short", 8, "8GB", walltime="02:00:00")),
        (
            "//?cpus=2&account=lab&directive=--constraint=x&directive=--exclusive",
            SlurmJobs(cpus=2, account="lab", directive=("--constraint=x", "--exclusive")),
        ),
        ("?setup=module load gcc&cache=/scratch/$USER", SlurmJobs(setup=("module load gcc",), cache="/scratch/$USER")),
    ],
)
def test_what_an_address_asks_for(address: str, expected: SlurmJobs) -> None:
    assert jobs_of(address) == expected


@pytest.mark.parametrize(
    "address", ["//q?nodes=2", "//q?workers=0", "//q?workers=many", "//q?memory=", "//q?walltime=soon", "//q?setup=a%0Ab", "//q?cpus=-1"]
)
def test_what_is_no_option_is_refused(address: str) -> None:
    with pytest.raises(RequestError, match="--executor slurm: "):
        jobs_of(address)


def test_times_as_slurm_writes_them() -> None:
    times = {"5": 300, "5:30": 330, "1:00:00": 3600, "2-0": 172_800, "1-02:30": 95_400, "1-00:00:01": 86_401}
    assert {text: seconds_of(text) for text in times} == times


@pytest.mark.slow
def test_the_script_asks_for_what_a_worker_needs(tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue")
    jobs = SlurmJobs(
        "short", 8, "8GB", 2, "02:00:00", "lab", python="/opt/a python/bin/python", logs=str(tmp_path / "logs"), host="127.0.0.1",
        directive=("--constraint=x",), setup=("module load gcc",),
    )  # fmt: skip
    with slurm_cluster(jobs) as cluster:
        lines = cluster.job_script().splitlines()
    assert {"#SBATCH -p short", "#SBATCH -A lab", "#SBATCH --cpus-per-task=2", "#SBATCH --mem=8G", "#SBATCH -t 02:00:00"} <= set(lines)
    assert "#SBATCH --constraint=x" in lines
    assert f"#SBATCH -o {tmp_path}/logs/nbrepro-%J.out" in lines
    assert lines.index("module load gcc") < lines.index('export NBREPRO_CACHE="${SLURM_TMPDIR:-${TMPDIR:-/tmp}}/nbrepro-$USER"')
    assert 'export OMP_NUM_THREADS="${SLURM_CPUS_PER_TASK:-2}"' in lines
    worker = lines[-1]
    assert worker.startswith("'/opt/a python/bin/python' -m distributed.cli.dask_worker tcp://127.0.0.1:")
    assert " --nthreads 1 " in worker
    assert " --no-nanny " in worker
    assert " --lifetime 7080s" in worker, "two minutes before Slurm ends the job"
    assert subprocess.run(["bash", "-n"], input="\n".join(lines), text=True, check=False).returncode == 0


@pytest.mark.slow
def test_a_round_in_jobs(tmp_path: Path, slurm: Path) -> None:
    pytest.importorskip("dask_jobqueue")
    look = "import os; print(os.environ['OMP_NUM_THREADS'], os.path.isdir(os.environ['NBREPRO_CACHE']))"
    Example(cells=[code(look, stdout("3 True\n"), count=1)], name="a.ipynb").write(tmp_path / "corpus")
    Example(cells=[code("print('b')", stdout("b\n"), count=1)], name="b.ipynb").write(tmp_path / "corpus")
    address = f"slurm://short?workers=1&memory=2GB&walltime=00:10:00&host=127.0.0.1&cache={tmp_path}/cache of $USER"
    command = [sys.executable, "-m", "nbrepro.commands.main", "corpus", "run", "corpus", "--store", "s.sqlite", "--env", "current"]
    done = subprocess.run(
        [*command, "--executor", address],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env={**os.environ, "USER": "me"},
    )
    assert done.returncode == 0, done.stderr
    assert "up to 1 Slurm jobs in short, 2GB each, dashboard: http" in done.stderr
    assert "2 of 2 notebooks reproduced" in done.stdout
    assert (tmp_path / "cache of me").is_dir()
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT item_key) FROM runs").fetchone() == (2, 2)
    scripts = list(slurm.glob("*.sh"))
    assert scripts
    deadline = time.monotonic() + 60
    while any(map(is_alive, slurm.glob("*.pid"))):
        assert time.monotonic() < deadline, "the jobs are cancelled at the end"
        time.sleep(0.2)


@pytest.mark.slow
def test_what_slurm_refuses_is_not_waited_for(tmp_path: Path, slurm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("dask_jobqueue")
    Example(cells=[code("1")]).write(tmp_path)
    words = ["corpus", "run", str(tmp_path), "--store", str(tmp_path / "s")]
    assert main([*words, "--executor", "slurm://closed?host=127.0.0.1"]) == 2
    assert "sbatch refuses such jobs: sbatch: error: invalid partition specified: closed" in capsys.readouterr().err
    assert not list(slurm.glob("*.sh"))


def test_without_sbatch_or_dask_jobqueue_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Example(cells=[code("1")]).write(tmp_path)
    words = ["corpus", "run", str(tmp_path), "--store", str(tmp_path / "s"), "--executor", "slurm"]
    monkeypatch.setenv("PATH", str(tmp_path))
    pytest.importorskip("dask_jobqueue")
    assert main(words) == 2
    assert "there is no sbatch here" in capsys.readouterr().err
    # As Python has it where the extra is not installed.
    program = f"import sys; sys.modules['dask_jobqueue'] = None\nfrom nbrepro.commands.main import main\nsys.exit(main({words!r}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'nbrepro[slurm]'" in done.stderr
