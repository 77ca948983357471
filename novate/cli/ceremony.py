"""``novate keys ceremony``: one step of a ceremony, and what its people publish of it."""

import argparse
from pathlib import Path

from circuits import ceremony
from novate.cli.command import Answer
from novate.cli.output import table
from novate.errors import Exit, NovateError
from novate.keys import shown_by
from novate.screen import Screen


def held(arguments: argparse.Namespace, key_dir: Path) -> Answer:
    """Take a step; raises ``ProverError`` or ``NovateError`` (WRONG_ARGUMENTS)."""
    with Screen().bars() as bars:
        return STEPS[arguments.step](arguments, key_dir, shown_by(bars, arguments.folder.name))


def begun(arguments: argparse.Namespace, key_dir: Path, tell: ceremony.Told) -> Answer:
    """A new ceremony."""
    if not arguments.size_class:
        raise WrongArguments("begin needs --class")
    about = ceremony.begin(arguments.size_class, arguments.folder, tell)
    text = (
        f"a ceremony for class {about['class']}: circuit {about['system']}, {about['constraints']:,} constraints, "
        f"powers of a secret up to {about['domain']:,}\nnow the first contribution: novate keys ceremony contribute"
    )
    return Answer(about, text)


def contributed(arguments: argparse.Namespace, key_dir: Path, tell: ceremony.Told) -> Answer:
    """A contribution, and the digest to publish."""
    step = ceremony.contribute(arguments.folder, tell)
    text = f"contribution {step.step} to phase {step.phase}: {step.file}\npublish its digest: {step.digest}"
    return Answer(step._asdict(), text)


def verified(arguments: argparse.Namespace, key_dir: Path, tell: ceremony.Told) -> Answer:
    """All contributions, each of which follows from the one before it."""
    found = ceremony.verify(arguments.folder, tell, arguments.expect)
    steps = [step._asdict() for step in found.contributions]
    data = {**found._asdict(), "contributions": steps}
    rows = [(step.phase, step.step, step.digest) for step in found.contributions]
    head = f"class {found.class_name}, circuit {found.system}: everything follows from the beginning"
    over = found.transcript
    tail = f"transcript {over['digest']}" if over else f"phase {found.phase} takes contributions"
    return Answer(data, f"{head}\n\n{table(('phase', 'step', 'digest'), rows)}\n\n{tail}")


def finished(arguments: argparse.Namespace, key_dir: Path, tell: ceremony.Told) -> Answer:
    """The end of a phase."""
    if not arguments.beacon:
        raise WrongArguments("finish needs --beacon")
    key_dir.mkdir(parents=True, exist_ok=True)
    done = ceremony.finish(arguments.folder, arguments.beacon, key_dir.absolute(), tell)
    if done.key is None:
        text = f"phase 1 has ended; phase 2 begins with {done.start.file}"
        return Answer({"phase": 1, "start": done.start._asdict()}, text)
    data = {"phase": 2, "transcript": done.transcript, "key": done.key.digest, "trial": done.trial}
    lines = [f"keys of class {done.key.class_name} in {key_dir}: {done.key.digest}"]
    lines += [f"transcript, for the contract: {done.transcript['digest']}"]
    return Answer(data, "\n".join(lines))


STEPS = {"begin": begun, "contribute": contributed, "verify": verified, "finish": finished}


class WrongArguments(NovateError):
    """A step lacks an argument that other steps do not take."""

    exit_code = Exit.USAGE

    def __init__(self, message: str) -> None:
        super().__init__("WRONG_ARGUMENTS", message)
