"""Runs the programs in Cairo: the only file here that cairo-lang's own environment runs. It imports nothing of ours.

Standard input: JSON, a list of ``{"program", "changes", "count", "cells"}``: a file of ``programs/``, texts to replace
in them (to see a wrong program found out), how many states, and the numbers that they consist of, in a row.
Standard output: JSON, for each the numbers of its answers, signed; text instead says why the program did not end.
"""

import dataclasses
import gc
import json
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"


def let_mutable_defaults_pass() -> None:
    """Python from 3.11 on refuses defaults without a hash, and data classes have none unless they ask: they ask."""
    plain = dataclasses.dataclass

    def hashable(cls=None, /, **options):
        def make(made):
            wants = options.get("eq", True) and not options.get("frozen") and "__hash__" not in vars(made)
            return plain(made, **({"unsafe_hash": True, **options} if wants else options))

        return make if cls is None else make(cls)

    dataclasses.dataclass = hashable


let_mutable_defaults_pass()

from starkware.cairo.common.cairo_function_runner import CairoFunctionRunner  # noqa: E402
from starkware.cairo.lang.cairo_constants import DEFAULT_PRIME  # noqa: E402
from starkware.cairo.lang.compiler.cairo_compile import compile_cairo_files  # noqa: E402
from starkware.cairo.lang.vm.vm_exceptions import VmException  # noqa: E402


def compiled(name: str, changes: list):
    """A program, with texts replaced. Raises ValueError if a text is not there exactly once."""
    with tempfile.TemporaryDirectory() as folder:
        copies = Path(folder) / "programs"
        copies.mkdir()
        texts = {path.name: path.read_text() for path in PROGRAMS.glob("*.cairo")}
        for file, old, new in changes:
            if texts[file].count(old) != 1:
                raise ValueError(f"{file} has {texts[file].count(old)} times: {old}")
            texts[file] = texts[file].replace(old, new)
        for file, text in texts.items():
            (copies / file).write_text(text)
        return compile_cairo_files([str(copies / f"{name}.cairo")], prime=DEFAULT_PRIME, cairo_path=[folder])


def answers(program, count: int, cells: list) -> list:
    """What ``judge`` writes for the states."""
    runner = CairoFunctionRunner(program)
    answer = runner.segments.add()
    arguments = {"count": count, "state": [cell % DEFAULT_PRIME for cell in cells], "answer": answer}
    runner.run("judge", range_check_ptr=runner.range_check_builtin.base, **arguments, verify_secure=True)
    (end,) = runner.get_return_values(1)
    numbers = runner.memory.get_range(answer, end - answer)
    return [number - DEFAULT_PRIME if number > DEFAULT_PRIME // 2 else number for number in numbers]


def told(task: dict) -> list | str:
    """The answers to a task."""
    program = compiled(task["program"], task["changes"])
    try:
        return answers(program, task["count"], task["cells"])
    except VmException as failure:
        return str(failure)


def main() -> None:
    """The tasks, several at a time."""
    tasks = json.load(sys.stdin)
    gc.disable()  # the machine keeps all it makes until it ends
    with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0))) as workers:
        json.dump(workers.map(told, tasks, chunksize=1), sys.stdout)


if __name__ == "__main__":
    main()
