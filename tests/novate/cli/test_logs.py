"""``novate logs``: last lines, and what follows them until somebody interrupts."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from novate.cli.main import main
from novate.service.folder import ChainRecord, Folder, Service

LINE = {"event": "batch.sealed", "timestamp": "2026-01-01T00:00:00.000Z", "process": "sequencer", "batch": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.make()
    made.write(Service("S", ChainRecord(31337, "http://127.0.0.1:1", True), 300, 600))
    (made.logs / "sequencer.log").write_text(json.dumps(LINE) + "\n")
    (made.logs / "sequencer.err").write_text("Traceback\n")
    return made


def test_last_lines_are_shown_also_those_that_are_no_objects(folder: Folder, capsys: pytest.CaptureFixture) -> None:
    assert main(["logs", "sequencer", "--data", str(folder.home), "--json"]) == 0
    events = [line["event"] for line in json.loads(capsys.readouterr().out)["lines"]]
    assert sorted(events) == ["Traceback", "batch.sealed"]
    with pytest.raises(SystemExit):
        main(["logs", "-n", "0", "--data", str(folder.home)])


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_follows_is_shown_until_an_interrupt(folder: Folder, form: list[str]) -> None:
    words = [sys.executable, "-m", "novate.cli.main", "logs", "sequencer", "-f", "--data", str(folder.home), *form]
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    shown = [process.stdout.readline() for _ in range(2)]
    time.sleep(0.3)
    with (folder.logs / "sequencer.log").open("a") as log:
        log.write(json.dumps({**LINE, "batch": 2}) + "\n")
    shown.append(process.stdout.readline())
    os.kill(process.pid, signal.SIGINT)
    rest, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    if form:
        assert [json.loads(line).get("batch") for line in shown[-1:]] == [2]
        assert json.loads(rest) == {"followed": True}
    else:
        assert "batch.sealed batch=2" in shown[-1]
