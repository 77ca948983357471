"""Set-up, listings, rules and costs through the Python door."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from circuits import keyfolder, prover
from circuits.build import program
from rollup.layout import CHIPS, CLASSES
from verifier.groth16 import VerifyingKey


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, prover.Key, list[prover.Progress]]:
    """Keys made in an empty folder, and what was told meanwhile."""
    folder = tmp_path_factory.mktemp("keys")
    told: list[prover.Progress] = []
    return folder, prover.setup("XS", folder, told.append), told


def test_set_up_tells_what_it_is_at(fresh) -> None:
    _, _, told = fresh
    phases = list(dict.fromkeys(progress.phase for progress in told))
    assert phases == ["compile", "scalars", "points", "write"]
    assert all(0 <= progress.fraction <= 1 for progress in told)
    assert any(0 < progress.fraction < 1 for progress in told if progress.phase == "points")
    assert [p.total_seconds for p in told] == sorted(p.total_seconds for p in told)


def test_set_up_does_nothing_twice(fresh) -> None:
    folder, key, _ = fresh
    told: list[prover.Progress] = []
    assert prover.setup("XS", folder, told.append) == key
    assert {progress.phase for progress in told} == {"load system"}


def test_two_folders_have_one_system_and_two_keys(fresh, key_dir: Path) -> None:
    _, key, _ = fresh
    (other,) = keyfolder.keys(key_dir)
    assert other.system == key.system
    assert other.digest != key.digest


def test_keys_are_listed_with_what_they_are(fresh) -> None:
    folder, key, _ = fresh
    (folder / "XS-notes.json").write_text("{}")
    (folder / "XS-torn.json").write_text("{")
    assert keyfolder.keys(folder) == [key]
    assert key.development
    assert (key.class_name, key.class_number) == ("XS", CLASSES["XS"].number)


def test_the_record_is_what_verifiers_take(fresh) -> None:
    _, key, _ = fresh
    points = VerifyingKey.from_json(key.points)
    assert points.base == points.gamma
    assert len(points.k) == 5


def test_a_spoiled_key_is_made_again_not_used(fresh, tmp_path: Path) -> None:
    folder, key, _ = fresh
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (spoiled,) = tmp_path.glob("*.proving")
    data = bytearray(spoiled.read_bytes())
    data[len(data) // 2] ^= 1
    spoiled.write_bytes(data)
    with prover.Prover("XS", tmp_path) as running, pytest.raises(prover.KeyUnusable) as corrupt:
        running.start()
    assert corrupt.value.code == "KEY_CORRUPT"
    assert prover.setup("XS", tmp_path).digest != key.digest


def test_an_interrupted_set_up_leaves_no_key_and_is_finished_by_the_next(tmp_path: Path) -> None:
    command = [str(program("prover")), "setup", "--class", "XS", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if json.loads(line)["phase"] == "points":
                process.send_signal(signal.SIGKILL)
                break
    assert keyfolder.keys(tmp_path) == []
    assert not list(tmp_path.glob("*.proving"))
    told: list[prover.Progress] = []
    started = time.monotonic()
    prover.setup("XS", tmp_path, told.append)
    assert "compile" not in {progress.phase for progress in told}, time.monotonic() - started
    assert len(keyfolder.keys(tmp_path)) == 1


def test_rules_have_names_chips_and_costs() -> None:
    rules = prover.rules("XS")
    names = [rule.name for rule in rules]
    assert len(set(names)) == len(names) > 100
    assert all(rule.times > 0 and rule.chip for rule in rules)
    assert {"order", "fill", "header", "bus"} <= {rule.chip for rule in rules}


def test_the_table_measures_every_chip_and_class(fresh) -> None:
    folder, key, _ = fresh
    table = prover.table(folder)
    assert table["costs"]["slot"].keys() == set(CHIPS)
    assert all(cost > 0 for cost in table["costs"]["slot"].values())
    by_name = {size["class"]: size for size in table["classes"]}
    assert by_name.keys() == CLASSES.keys()
    xs = by_name["XS"]
    assert xs["exact"] and xs["constraints"] == key.constraints
    added_up = table["costs"]["shared"] + sum(xs["chips"].values())
    assert added_up == pytest.approx(key.constraints, rel=0.01)
    for name, size in by_name.items():
        assert size["constraints"] <= size["step"] == CLASSES[name].step
        slots = {**CLASSES[name].slots, "nodes": sum(CLASSES[name].nodes)}
        assert size["capacities"] == slots
