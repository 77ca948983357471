"""``novate prover``: prove the batches of a sequencer, from here or from another machine, and see who proves what."""

import argparse
import os
import secrets
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from novate.cli.command import Answer
from novate.cli.main import parts
from novate.cli.output import table
from novate.errors import Exit, NovateError, Unreachable

if TYPE_CHECKING:
    from sequencer.doors.remote import RemoteDoor


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    found = parts(
        parser,
        {
            "serve": "take jobs from a sequencer and prove them, until told to stop",
            "pool": "the same on a cluster of Ray: so many provers at once, wherever there is room",
            "jobs": "batches that wait for their proof: who is at which, at what step, until when",
            "token": "the token that provers elsewhere need: where it is, and how another takes its place",
        },
    )
    token = found.pop("token")
    token.add_argument("--add", action="store_true", help="a new one; those before stay good")
    token.add_argument("--retire", action="store_true", help="all but the newest are good no more, at once")
    token.add_argument("--data", type=Path, help="folder of keys and services (NOVATE_HOME, else .novate)")
    for part in found.values():
        part.add_argument("--url", help="the operator's listener of the sequencer (that of these services)")
        about = "prover.token of the sequencer (these services')"
        part.add_argument("--token-file", type=Path, metavar="FILE", help=about)
        part.add_argument("--data", type=Path, help="folder of keys and services (NOVATE_HOME, else .novate)")
    for part in (found["serve"], found["pool"]):
        part.add_argument("--keys", type=Path, metavar="DIR", help="keys, those of the sequencer (DATA/keys)")
        part.add_argument(
            "--class", dest="classes", action="append", metavar="CLASS", help="size class, repeatable (S)"
        )
        part.add_argument("--name", help="what the sequencer calls this prover (made up)")
        part.add_argument("--cores", type=int, metavar="N", help="processor cores of one proof (all; on a cluster 2)")
    found["serve"].add_argument("--once", action="store_true", help="end after one job")
    found["pool"].add_argument("--provers", type=int, default=2, metavar="N", help="how many at once (%(default)s)")
    found["pool"].add_argument(
        "--cluster", metavar="ADDRESS", help="Ray's address; without one, a cluster of this machine"
    )


def run(arguments: argparse.Namespace) -> Answer:
    """Work, or look."""
    return {"serve": served, "pool": pooled, "jobs": listed, "token": tokens}[arguments.part](arguments)


def opened(arguments: argparse.Namespace) -> "tuple[RemoteDoor, str]":
    """The door to the desk and its address; raises ``NovateError`` (NO_TOKEN, NO_SERVICE)."""
    from novate.cluster.serving import token_of
    from novate.service.folder import folder_of
    from sequencer.doors.remote import RemoteDoor

    folder = folder_of(arguments.data)
    address = arguments.url or f"http://{folder.read().operator}"
    return RemoteDoor(address, token_of(arguments.token_file or folder.prover_token_file)), address


def keys_of(arguments: argparse.Namespace) -> Path:
    """The folder of keys."""
    from novate.service.folder import folder_of

    return (arguments.keys or folder_of(arguments.data).keys).absolute()


def name_of(arguments: argparse.Namespace) -> str:
    """One that no other process has."""
    return arguments.name or f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(2)}"


# -------------------------------------------------------------------------------------------------------------- work
def served(arguments: argparse.Namespace) -> Answer:
    """A prover of this process."""
    from novate import tools
    from novate.cluster import serving
    from novate.observe.logs import set_up

    set_up("prover", None)
    tools.announce()
    door, address = opened(arguments)
    machines = serving.Machines(arguments.classes or ["S"], keys_of(arguments), arguments.cores)
    try:
        name = name_of(arguments)
        serving.tell("serving", url=address, name=name)
        jobs = serving.serve([serving.worker(door, machines, name)], arguments.once)
    finally:
        machines.close()
        door.close()
    return Answer({"name": name, "jobs": jobs}, f"{name} has ended")


def pooled(arguments: argparse.Namespace) -> Answer:
    """Provers of a cluster."""
    from novate.cluster import serving
    from novate.observe.logs import set_up

    try:
        from novate.cluster import ray_pool
    except ImportError as error:
        raise NovateError("NO_RAY", str(error), fix="install the extra: novate[ray]") from error

    set_up("prover", None)
    door, address = opened(arguments)
    classes, keys, cores = arguments.classes or ["S"], keys_of(arguments), arguments.cores or 2
    name = name_of(arguments)
    try:
        with ray_pool.opened(arguments.cluster, arguments.provers, classes, keys, cores) as machines:
            serving.tell("serving", url=address, name=name, provers=arguments.provers)
            serving.serve(ray_pool.workers(door, machines, name))
    finally:
        door.close()
    return Answer({"name": name}, f"{name} has ended")


# -------------------------------------------------------------------------------------------------------------- look
def listed(arguments: argparse.Namespace) -> Answer:
    """The table, as the desk tells it."""
    from sequencer.worker import DoorUnreachable

    door, address = opened(arguments)
    try:
        found = door.jobs()
    except DoorUnreachable as error:
        raise Unreachable("UNREACHABLE", f"{address}: {error}", fix="novate up, or --url") from error
    finally:
        door.close()
    return Answer(found, lambda: text_of(found), Exit.FAILED_CHECK if found["trouble"] else Exit.OK)


def tokens(arguments: argparse.Namespace) -> Answer:
    """Where the provers' token is; a new one, and the end of old ones. Never the token itself."""
    from novate.service.folder import folder_of
    from novate.service.tokens import of_provers

    folder = folder_of(arguments.data)
    folder.read()
    held = of_provers(folder)
    if arguments.add:
        held.add()
    held.newest()
    retired = held.retire() if arguments.retire else 0
    count = len(held.good())
    data = {"file": str(held.path), "good": count, "added": arguments.add, "retired": retired}
    lines = [f"{held.path}: {count} good, the newest first"]
    lines += [f"{retired} retired: whoever shows one is turned away"] if retired else []
    lines += ["copy the file to the provers, then: novate prover token --retire"] if count > 1 else []
    return Answer(data, "\n".join(lines))


HEAD = ("batch", "class", "state", "worker", "attempt", "step", "running", "usual", "error")


def text_of(found: dict) -> str:
    """A row a job, then who rests and what is wrong."""
    lines = [table(HEAD, [row_of(job) for job in found["jobs"]]) if found["jobs"] else "no batch waits for its proof"]
    for name, rest in found["resting"].items():
        lines.append(f"{name}: {rest['reason']} ({rest['failures']} failures, {rest['lies']} lies)")
    if found["trouble"]:
        lines.append(f"trouble: {found['trouble']}")
    return "\n".join(lines)


def row_of(job: dict) -> list[str]:
    """Durations in seconds; the usual one is the median of the class's last proofs."""
    running = job["running_ms"] / 1000
    usual = job["usual_ms"]
    return [
        str(job["batch"]),
        job["size_class"],
        job["state"],
        job["worker"] or "",
        str(job["attempt"]),
        job["step"] or "",
        f"{running:.1f} s" if job["lease_ends"] else "",
        f"{usual / 1000:.1f} s" if usual is not None else "",
        job["error"][:60],
    ]
