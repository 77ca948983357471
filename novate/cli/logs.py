"""``novate logs``: what the processes wrote, in the order of time; ``-f`` goes on with what they write."""

import argparse
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from novate.cli.command import Answer
from novate.cli.output import json_text

NAMES = ("supervisor", "chain", "sequencer", "prover")
SKIPPED = {"event", "level", "timestamp", "process", "exception"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("name", nargs="?", choices=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)} (all)")
    parser.add_argument(
        "-f", "--follow", action="store_true", help="go on, until interrupted; with --json a line an event"
    )
    parser.add_argument("-n", "--lines", type=count, default=50, help="last lines to show (%(default)s)")
    parser.add_argument("--data", type=Path, help="folder of keys and state (NOVATE_HOME, else .novate)")


def count(text: str) -> int:
    """A number of lines; raises ``ValueError``, which is a usage error."""
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def run(arguments: argparse.Namespace) -> Answer:
    """Show, and follow until interrupted."""
    from novate.service.folder import folder_of

    folder = folder_of(arguments.data)
    folder.read()
    names = [arguments.name] if arguments.name else list(NAMES)
    paths = [folder.logs / f"{name}.{kind}" for name in names for kind in ("log", "err")]
    lines = sorted((line for path in paths for line in last(path, arguments.lines)), key=lambda line: line["timestamp"])
    shown = lines[-arguments.lines :]
    if not arguments.follow:
        return Answer({"lines": shown}, lambda: "\n".join(map(told, shown)))
    form = (lambda line: json_text(line, is_line=True)) if arguments.json else told
    for line in shown:
        print(form(line), flush=True)
    with suppress(KeyboardInterrupt):
        follow(paths, form)
    return Answer({"followed": True}, "", is_line=True)


def last(path: Path, count: int) -> list[dict]:
    """The last lines of a log; one that is no JSON is what a process said as it broke."""
    if not path.exists():
        return []
    when = ""
    found = []
    for text in path.read_text(errors="replace").splitlines()[-count:]:
        line = parsed(text, path)
        when = line.setdefault("timestamp", when)
        found.append(line)
    return found


def parsed(text: str, path: Path) -> dict:
    """A line as an object."""
    try:
        line = json.loads(text)
        if isinstance(line, dict):
            return line
    except (ValueError, RecursionError):
        pass
    return {"process": path.stem, "event": text}


def told(line: dict) -> str:
    """A line for people."""
    fields = " ".join(f"{name}={value}" for name, value in line.items() if name not in SKIPPED)
    when = line.get("timestamp", "")[11:23]
    text = f"{when:<12} {line.get('process', ''):<10} {line.get('event', '')} {fields}".rstrip()
    return f"{text}\n{line['exception']}" if "exception" in line else text


def follow(paths: list[Path], form: Callable[[dict], str]) -> None:
    """Print what is written from now on, until interrupted."""
    import time

    seen = {path: path.stat().st_size if path.exists() else 0 for path in paths}
    while True:
        for path, place in seen.items():
            size = path.stat().st_size if path.exists() else 0
            if size < place:
                place = 0
            if size > place:
                with path.open("rb") as file:
                    file.seek(place)
                    content = file.read(size - place)
                whole = content[: content.rfind(b"\n") + 1]
                for text in whole.decode(errors="replace").splitlines():
                    print(form(parsed(text, path)), flush=True)
                place += len(whole)
            seen[path] = place
        time.sleep(0.2)
