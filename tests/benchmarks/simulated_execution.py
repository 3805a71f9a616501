"""Scores published answers, holds the verdicts against the published ones, and measures the locator on seeded mistakes.

    python tests/benchmarks/simulated_execution.py score PROGRAMS ANSWERS…
    python tests/benchmarks/simulated_execution.py locate PROGRAMS [--seeds 2000] [--seed 1]

PROGRAMS is a file in the form of CRUXEval or of LiveCodeBench's execution tasks; ANSWERS are any files that `nbrepro simulate import`
reads. Times are CPU times of this process and of its children, so that they mean something on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from simulation.seeding import SEEDED, answer, first_difference, rows_of, seed

from nbrepro.simulation.alignment import align
from nbrepro.simulation.importers import read_answers
from nbrepro.simulation.literals import UNREADABLE, read_literal
from nbrepro.simulation.moments import moments_of
from nbrepro.simulation.programs import read_programs
from nbrepro.simulation.scoring import score
from nbrepro.simulation.structure import structure_of
from nbrepro.traces import Backend, Program, trace_many

LONGEST = 1500


def cpu_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def measure_scoring(programs: Path, paths: list[Path]) -> None:
    begun, used = time.perf_counter(), cpu_seconds()
    found = score([item for path in paths for item in read_answers(path).answers], read_programs(programs))
    wall, cpu = time.perf_counter() - begun, cpu_seconds() - used
    literal = sum(read_literal(scored.answer.text or "") is not UNREADABLE for scored in found.answers)
    print(f"{len(found.answers)} answers, {literal} literals, {len(found.disagreements())} verdicts other than published")
    print(f"wall {wall:.1f} s, CPU {cpu:.1f} s, load {os.getloadavg()[0]:.1f}")
    for model, part in found.by_model().items():
        print(f"{model}: pass@1 {100 * part.pass_at(1).value:.2f}, pass@5 {100 * part.pass_at(5).value:.2f}")


def measure_locator(path: Path, wanted: int, number: int) -> None:
    programs = list(read_programs(path))
    traces = trace_many([Program.of_call(program.setup + program.code, program.call) for program in programs], backend=Backend.SETTRACE)
    sources = [program.setup + program.code for program in programs]
    real = [(code, moments_of(trace)) for code, trace in zip(sources, traces, strict=True)]
    real = [(code, moments) for code, moments in real if 0 < len(moments) < LONGEST]
    chance = random.Random(number)
    chance.shuffle(real)
    count, places, names, seconds = Counter(), Counter(), Counter(), 0.0
    turn = 0
    while count.total() < wanted:
        code, moments = real[turn % len(real)]
        mistake = SEEDED[(turn * 7 + turn // len(real)) % len(SEEDED)]
        turn += 1
        structure = structure_of(code)
        rows = rows_of(moments, structure, branches=chance.random() < 0.5)
        made = seed(rows, moments, structure, mistake, chance)
        if made is None or first_difference(made[0], rows) == len(rows) == len(made[0]):
            continue
        begun = time.process_time()
        found = align(answer(made[0], code), moments).divergence
        seconds += time.process_time() - begun
        count[mistake] += 1
        places[mistake] += found is not None and found.row == first_difference(made[0], rows)
        names[mistake] += found is not None and found.mistake is mistake
    print(f"{count.total()} mistakes: place exact {places.total() / wanted:.4f}, class right {names.total() / wanted:.4f}")
    print(f"{wanted / seconds:.0f} alignments per CPU second")
    for mistake in SEEDED:
        if count[mistake]:
            print(f"  {mistake.value}: {count[mistake]}, exact {places[mistake]}, named {names[mistake]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("score", "locate"))
    parser.add_argument("programs", type=Path)
    parser.add_argument("answers", type=Path, nargs="*")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.what == "score":
        measure_scoring(arguments.programs, arguments.answers)
    else:
        measure_locator(arguments.programs, arguments.seeds, arguments.seed)


if __name__ == "__main__":
    main()
