"""The demo on the smallest class: two recorded seconds, proven, settled, and asked about afterwards."""

import csv
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from novate.cli.main import main
from novate.data import demo_captures
from novate.errors import Exit
from tests.keys import smallest_key


class Played(NamedTuple):
    """A finished run: its folder, where its files are, and its answer."""

    data: Path
    out: Path
    answer: dict


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """``novate replay`` of the BTC capture alone: class XS holds one market's makers."""
    folder = tmp_path_factory.mktemp("miniature")
    data, out = folder / "data", folder / "out"
    data.mkdir()
    (data / "keys").symlink_to(smallest_key()[1].absolute(), target_is_directory=True)
    capture = str(demo_captures()[0])
    words = ["replay", capture, "--class", "XS", "--seconds", "2", "--data", str(data), "--out", str(out), "--json"]
    code, answer = asked(*words)
    assert code == Exit.OK
    return Played(data, out, answer)


def asked(*words: str) -> tuple[int, dict]:
    """Exit code and answer of a command with ``--json``."""
    import contextlib
    import io

    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        code = main(words)
    return code, json.loads(told.getvalue())


def test_everything_is_settled_and_adds_up(played: Played) -> None:
    answer = played.answer
    assert answer["recorded_seconds"] == 2
    assert all(check["holds"] for check in answer["checks"])
    assert answer["all_markets"]["fills"] > 0
    assert [batch["number"] for batch in answer["batches"]] == list(range(1, len(answer["batches"]) + 1))
    for batch in answer["batches"]:
        assert batch["settle_gas"] > 0
        assert batch["prove"] > 0
        assert batch["audit"] > 0
        assert list(batch["stages"]) and batch["stages"]["settled"] >= batch["stages"]["proven"]
    for before, after in zip(answer["batches"], answer["batches"][1:]):
        assert before["root_after"] == after["root_before"]


def test_liars_moved_no_mark(played: Played) -> None:
    marks = played.answer["marks"]
    assert marks
    assert max(mark["basis_points"] for mark in marks) < 0.6


def test_owners_got_what_they_withdrew(played: Played) -> None:
    withdrawals = played.answer["withdrawals"]
    assert len(withdrawals) == 2
    for one in withdrawals:
        assert one["asked"] == one["owed"] == one["wallet"] > 0


def test_a_changed_word_was_refused_by_everyone(played: Played) -> None:
    lie = played.answer["forgery"]
    assert lie["refused"] is True
    assert lie["contract"] == "settle: not what was committed"
    assert lie["committed"] == "settle: the proof does not hold"
    assert lie["verifier"] is False
    assert lie["python"].startswith("CIRCUIT_FALSE")
    assert lie["batch"] == len(played.answer["batches"])


def test_files_hold_what_was_answered(played: Played) -> None:
    fills = list(csv.DictReader((played.out / "fills.csv").open()))
    assert len(fills) == played.answer["all_markets"]["fills"]
    batches = list(csv.DictReader((played.out / "batches.csv").open()))
    assert [int(row["settle_gas"]) for row in batches] == [one["settle_gas"] for one in played.answer["batches"]]
    manifest = json.loads((played.out / "manifest.json").read_text())
    assert manifest["key"]["digest"] == smallest_key()[0].digest
    assert "novate" in (played.out / "report.html").read_text()


def test_batches_are_listed_shown_and_exported(played: Played, tmp_path: Path) -> None:
    where = ("--data", str(played.data), "--json")
    code, answer = asked("batch", "list", *where)
    assert code == Exit.OK
    assert {batch["stage"] for batch in answer["batches"]} == {"settled"}
    code, shown = asked("batch", "show", "last", *where)
    assert code == Exit.OK
    assert shown["batch"] == len(answer["batches"])
    assert len(shown["public_words"]["withdrawals"]) == 2
    file = tmp_path / "batch.json"
    code, _ = asked("batch", "export", "1", "--out", str(file), *where)
    exported = json.loads(file.read_text())
    assert code == Exit.OK
    assert exported["proof"]["key"] == exported["key"]["digest"]
    assert len(bytes.fromhex(exported["proof"]["proof"])) == 384


def test_a_batch_that_is_not_there_is_refused(played: Played) -> None:
    code, answer = asked("batch", "show", "99", "--data", str(played.data), "--json")
    assert code == Exit.FAILED_CHECK
    assert answer["error"]["code"] == "NO_BATCH"


def test_a_batch_holds_by_chain_data_alone_and_a_lie_does_not(played: Played) -> None:
    """The chain is started again from its dump; keys and journal are not looked at."""
    where = ("--data", str(played.data), "--json")
    code, honest = asked("batch", "verify", "last", *where)
    assert code == Exit.OK
    assert honest["holds"] is True
    assert [check["name"] for check in honest["checks"]][-3:] == ["key", "proof", "circuit"]
    code, lie = asked("batch", "verify", "last", "--tamper", *where)
    assert code == Exit.VERIFICATION_FAILED
    assert {check["name"] for check in lie["checks"] if not check["holds"]} == {"digest", "sponge", "proof"}


def test_no_node_is_told_as_unreachable(played: Played) -> None:
    code, answer = asked("batch", "verify", "1", "--rpc", "http://127.0.0.1:9", "--data", str(played.data), "--json")
    assert code == Exit.UNREACHABLE
    assert answer["error"]["code"] == "RPC_UNREACHABLE"


def test_nothing_of_a_run_is_needed_but_node_and_address(played: Played) -> None:
    """Verification imports neither the sequencer nor the door to our Go."""
    import subprocess
    import sys

    program = (
        "import sys\n"
        "from novate.cli.main import main\n"
        f"code = main(['batch', 'verify', '1', '--data', {str(played.data)!r}])\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "native = [name for name in sys.modules if name in ('circuits.native', 'circuits.prover')]\n"
        "print(code, 'sequencer' in loaded, native)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False []"
