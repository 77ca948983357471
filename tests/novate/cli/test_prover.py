"""``novate prover``: what it says without a sequencer, and how jobs are shown."""

import json
import time

import pytest

from novate.cli.main import main
from novate.cli.prover import text_of
from tests.sequencer.provers import TOKEN, desk_of, listening, sealed


@pytest.fixture
def token(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN)
    return str(path)


def refusal(capsys, *words: str) -> tuple[int, dict]:
    code = main(["prover", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)["error"]


def test_what_is_missing_is_named(capsys, tmp_path, token):
    data = ["--data", str(tmp_path)]
    assert refusal(capsys, "jobs", *data)[1]["code"] == "NO_SERVICE"
    assert refusal(capsys, "jobs", *data, "--url", "http://127.0.0.1:1")[1]["code"] == "NO_TOKEN"
    code, error = refusal(capsys, "jobs", *data, "--url", "http://127.0.0.1:1", "--token-file", token)
    assert (code, error["code"]) == (3, "UNREACHABLE")
    words = ["serve", *data, "--url", "http://127.0.0.1:1", "--token-file", token, "--class", "XS"]
    code, error = refusal(capsys, *words)
    assert (code, error["code"]) == (1, "KEY_MISSING") and "key folder" in error["fix"]


def test_jobs_are_shown_with_who_is_at_them(capsys, tmp_path, token):
    sealed(tmp_path / "house", 3)
    desk = desk_of(tmp_path / "house", lambda: time.time_ns() // 1_000_000)
    job = desk.lease("machine-1", ["S"], 60)
    desk.renew(job.lease, "solve", 60)
    desk.give_up(desk.lease("machine-2", ["S"], 60).lease, "out of memory", True)
    with listening(desk) as address:
        words = ["prover", "jobs", "--url", address, "--token-file", token]
        assert main([*words, "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert main(words) == 0
        text = capsys.readouterr().out
    desk.close()
    assert [(job["state"], job["worker"], job["step"]) for job in shown["jobs"]] == [
        ("leased", "machine-1", "solve"),
        ("waiting", None, None),
        ("waiting", None, None),
    ]
    assert "machine-1" in text and "solve" in text and "out of memory" in text
    assert "machine-2: out of memory (1 failures, 0 lies)" in text
    assert text_of({"jobs": [], "resting": {}, "trouble": ""}) == "no batch waits for its proof"
