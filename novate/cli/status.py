"""``novate status``: how far everything is, how old, and whether somebody should look."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from novate.cli.command import Answer
from novate.cli.output import GREEN, RED, coloured, table
from novate.errors import Exit, Unreachable

STATES = {
    "starting": "is starting",
    "down": "is down: novate up starts it again",
    "hangs": "hangs: novate up starts it again",
}
"""What a process is told to be where it is not ready."""
PASSING = 3.0
"""Seconds for which what the chain's look says may be over with the next one."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")
    parser.epilog = (
        "Exit code 1 when an age exceeds its limit, a process is down or less than all is taken; 3 when unreachable."
    )


def run(arguments: argparse.Namespace) -> Answer:
    """Look."""
    from novate.service.folder import folder_of

    folder = folder_of(arguments.data)
    if not folder.exists:
        raise Unreachable("NO_SERVICE", f"{folder.root} holds no services", fix="novate up")
    processes = processes_of(folder)
    try:
        from novate.service.ask import ask

        state = ask(folder, "/operator/status")
    except Unreachable as error:
        data = {"processes": processes, "error": error.as_dict()}
        text = f"{process_table(processes)}\n\n{coloured(error.message, RED)}\nfix: novate up"
        return Answer(data, text, Exit.UNREACHABLE)
    problems = problems_of(state, processes)
    data = {"processes": processes, **state, "problems": problems}
    return Answer(data, lambda: text_of(data), Exit.FAILED_CHECK if problems else Exit.OK)


def processes_of(folder) -> list[dict]:
    """Every process that there should be: whether it runs, and what it last said."""
    from novate.service.health import beats
    from novate.service.processes import SUPERVISOR, read, running
    from novate.service.supervisor import wanted

    found = []
    for name in (SUPERVISOR, *wanted(folder)):
        said, alive = read(folder, name), running(folder, name)
        state = "down"
        if alive:
            state = "starting" if not alive.ready else "ready" if beats(folder, alive) else "hangs"
        found.append(
            {
                "name": name,
                "state": state,
                "pid": alive.pid if alive else None,
                "address": alive.address if alive else "",
                "error": said.error if said and not alive else "",
            }
        )
    return found


def problems_of(state: dict, processes: list[dict]) -> list[str]:
    """What somebody should look at."""
    found = [f"{one['name']} {STATES[one['state']]}" for one in processes if one["state"] in STATES]
    if state["mode"] != "normal":
        reason = state["reason"]
        found.append(f"the sequencer is {state['mode']}" + (f": {reason['text']}" if reason else ""))
    for head in state["heads"]:
        if head["is_late"]:
            late = f"{head['age']:.0f} s behind, the limit is {head['limit']:.0f} s"
            found.append(f"{head['stage']}: {late}")
    return found + troubles_of(state)


def troubles_of(state: dict) -> list[str]:
    """What keeps the chain or the proofs from going on; a look at the chain that fails once is no trouble yet."""
    found = []
    trouble, age, limit = state["chain_trouble"], state["chain_age"], state["chain_limit"]
    if trouble and age > PASSING:
        found.append(f"chain: {trouble}, for {age:.0f} s")
    elif age > limit:
        found.append(f"chain: no look at it came back for {age:.0f} s, the limit is {limit:.0f} s")
    if state["proof_trouble"]:
        found.append(f"proofs: {state['proof_trouble']}")
    return found


def text_of(data: dict) -> str:
    """For people."""
    blocks = [process_table(data["processes"]), head_table(data)]
    queues = f"waiting actions {data['waiting_actions']}, last record {data['sequence']}, mode {data['mode']}"
    queues += f", chain seen {data['chain_age']:.1f} s ago"
    blocks.append(queues + (", by hand" if data["manual"] else ""))
    if data["jobs"]:
        blocks.append(job_table(data["jobs"], data["time"]))
    blocks.append(liveness_table(data["liveness"]))
    problems = [coloured(problem, RED) for problem in data["problems"]]
    blocks.append("\n".join(problems) or coloured("all is well", GREEN))
    return "\n\n".join(blocks)


def process_table(processes: list[dict]) -> str:
    """A row a process."""
    rows = [(one["name"], one["state"], one["pid"] or "-", one["address"] or one["error"]) for one in processes]
    return table(("process", "state", "pid", "address"), rows)


def head_table(data: dict) -> str:
    """A row a stage."""
    rows = [
        (
            head["stage"],
            head["batch"],
            clock(head["time"]),
            head["waiting"],
            f"{head['age']:.1f} s",
            f"{head['limit']:.0f} s",
        )
        for head in data["heads"]
    ]
    return table(("head", "batch", "since", "behind", "age", "limit"), rows)


def job_table(jobs: list[dict], now: int) -> str:
    """A row a batch that waits for its proof."""
    rows = []
    for job in jobs:
        end = job.get("expected_end")
        left = f"{max(0, end - now) / 1000:.0f} s" if end else "-"
        running = f"{job['running_ms'] / 1000:.0f} s"
        rows.append((job["batch"], job["state"], job["worker"] or "-", job["step"] or "-", running, left))
    return table(("job", "state", "prover", "step", "running", "expected in"), rows)


def liveness_table(found: dict) -> str:
    """The intervals between what the chain is told."""
    rows = [
        (
            name.replace("_", " "),
            one["count"],
            *(f"{one[kind]:.1f} s" for kind in ("average", "shortest", "longest", "open")),
            len(one["anomalies"]),
        )
        for name, one in found.items()
    ]
    return table(("interval", "count", "average", "minimum", "maximum", "since", "odd"), rows)


def clock(time: int | None) -> str:
    """Time of day of milliseconds since the epoch."""
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%H:%M:%S") if time else "-"
