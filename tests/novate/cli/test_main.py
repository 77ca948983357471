"""The front of the command line: fast, with one form of answer and stable exit codes."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from novate.cli import main as front
from novate.cli.command import Answer
from novate.cli.main import COMMANDS, main
from novate.errors import Exit, NovateError, Unreachable, VerificationFailed

NOVATE = Path(sys.executable).with_name("novate")


def timed(*words: str) -> tuple[float, subprocess.CompletedProcess]:
    """Seconds that a command took, the fastest of five, and its last run."""
    took = []
    for _ in range(5):
        started = time.perf_counter()
        done = subprocess.run([NOVATE, *words], capture_output=True, text=True)
        took.append(time.perf_counter() - started)
    return min(took), done


def test_help_comes_within_300_milliseconds_and_names_every_command() -> None:
    seconds, done = timed("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)
    assert seconds < 0.3


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_fast_too(name: str) -> None:
    seconds, done = timed(name, "--help")
    assert done.returncode == 0
    assert seconds < 0.3


def test_help_imports_no_command() -> None:
    program = (
        "import sys, novate.cli.main as front\n"
        "try: front.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'web3', 'vyper', 'rich', 'rollup'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A command ``probe`` that does what a test puts into ``run``."""
    module = SimpleNamespace(configure=lambda parser: None, run=lambda arguments: Answer({"a": 1}, "one"))
    monkeypatch.setattr(front, "COMMANDS", {"probe": "a command of the test"})
    monkeypatch.setattr(front, "module_of", lambda name: module)
    return module


def refusing(error: Exception):
    """A command that ends with an error."""

    def run(arguments: argparse.Namespace) -> Answer:
        raise error

    return run


def test_an_answer_is_a_text_or_one_object(command, capsys: pytest.CaptureFixture) -> None:
    assert main(["probe"]) == 0
    assert capsys.readouterr().out == "one\n"
    assert main(["probe", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_a_failed_check_is_an_answer_with_its_code(command) -> None:
    command.run = lambda arguments: Answer({}, "no", Exit.FAILED_CHECK)
    assert main(["probe"]) == 1


def test_exit_codes_are_what_they_always_were() -> None:
    expected = {
        "OK": 0,
        "FAILED_CHECK": 1,
        "USAGE": 2,
        "UNREACHABLE": 3,
        "VERIFICATION_FAILED": 4,
        "TIMEOUT": 5,
        "BROKEN": 70,
        "INTERRUPTED": 130,
    }
    assert {code.name: int(code) for code in Exit} == expected


class ProofRefused(Exception):
    """As the verifier says it: a code, a message, details."""

    def __init__(self) -> None:
        super().__init__("no")
        self.code, self.message, self.details = "PAIRING", "the pairing is not one", {"pairs": 5}


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (NovateError("FEED_TORN", "the last line has no end", line=7), "FEED_TORN", 1),
        (Unreachable("TOOL_MISSING", "go is not installed", fix="make install"), "TOOL_MISSING", 3),
        (VerificationFailed("ROOT_MISMATCH", "another root"), "ROOT_MISMATCH", 4),
        (ProofRefused(), "PAIRING", 4),
        (ZeroDivisionError("division"), "BROKEN", 70),
        (PermissionError(13, "Permission denied", "/a/file"), "FILE_UNUSABLE", 3),
        (NotADirectoryError(20, "Not a directory", "/a/file/b"), "FILE_UNUSABLE", 3),
        (OSError(28, "No space left on device"), "DISK_FULL", 3),
        (OSError(5, "Input/output error"), "BROKEN", 70),
        (RecursionError("too deep"), "NESTED_TOO_DEEP", 1),
    ],
)
def test_refusals_carry_code_numbers_and_exit(command, capsys, error: Exception, code: str, exit_code: int) -> None:
    command.run = refusing(error)
    assert main(["probe", "--json"]) == exit_code
    refusal = json.loads(capsys.readouterr().out)["error"]
    assert refusal["code"] == code
    assert refusal["details"] == getattr(error, "details", {})
    assert main(["probe"]) == exit_code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{code}: ")


def test_a_refusal_of_the_rules_carries_its_numbers() -> None:
    from novate.cli.failures import told
    from rollup.refusals import Code, Refused

    assert told(Refused(Code.BAD_TICK, price=7, tick=5)) == {
        "code": "BAD_TICK",
        "message": str(Refused(Code.BAD_TICK, price=7, tick=5)),
        "outcome": "rejected",
        "details": {"price": 7, "tick": 5},
    }


def test_numbers_and_fix_are_told_to_people(command, capsys: pytest.CaptureFixture) -> None:
    command.run = refusing(Unreachable("TOOL_MISSING", "go is not installed", fix="make install", tool="go"))
    main(["probe"])
    assert capsys.readouterr().err.splitlines() == [
        "TOOL_MISSING: go is not installed",
        "  tool: go",
        "  fix: make install",
    ]


def test_a_break_shows_its_trace_when_asked(command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.run = refusing(ZeroDivisionError("division"))
    monkeypatch.setenv("NOVATE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["probe"])


def test_an_interrupt_is_no_break(command, capsys: pytest.CaptureFixture) -> None:
    def run(arguments: argparse.Namespace) -> Answer:
        raise KeyboardInterrupt

    command.run = run
    assert main(["probe"]) == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert main(["probe", "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "INTERRUPTED"


@pytest.mark.parametrize("words", [[], ["nothing"], ["probe", "--wrong"], ["probe", "more"]])
def test_wrong_usage_exits_with_2(command, words: list[str], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: novate" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["nothing"], ["probe", "--wrong"], ["probe", "more"]])
def test_wrong_usage_is_an_object_too_where_that_is_asked_for(command, words: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--json"])
    assert ended.value.code == 2
    printed = capsys.readouterr()
    refusal = json.loads(printed.out)["error"]
    assert (refusal["code"], refusal["outcome"], printed.err) == ("WRONG_USAGE", "rejected", "")
    assert refusal["message"] and refusal["fix"].startswith("novate")


def test_every_command_keeps_its_state_where_the_environment_says(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("NOVATE_HOME", str(tmp_path))
    for words in (["keys", "list"], ["circuits", "table"], ["demo"], ["replay", "feed"], ["bench"], ["doctor"]):
        assert front.parser_for(words[0]).parse_args(words).data == tmp_path, words
    for words in (["up"], ["down"], ["batch", "list"], ["prover", "token"]):
        assert front.parser_for(words[0]).parse_args(words).data is None, "they ask themselves"


def test_groups_split_into_parts(command, capsys: pytest.CaptureFixture) -> None:
    command.configure = lambda parser: front.parts(parser, {"list": "all", "show": "one"})
    command.run = lambda arguments: Answer({"part": arguments.part}, arguments.part)
    assert main(["probe", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"part": "show"}
    with pytest.raises(SystemExit):
        main(["probe"])
