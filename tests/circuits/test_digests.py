"""The digests of all circuits are pinned: a clone that compiles to others cannot use anybody's keys."""

import json
from pathlib import Path

import pytest

from circuits import keyfolder, prover
from novate.cli.main import main
from rollup.layout import CLASSES
from tests.keys import smallest_key


def test_every_class_has_a_pin() -> None:
    pins = keyfolder.pins()
    assert pins.keys() == CLASSES.keys()
    assert all(len(bytes.fromhex(pin)) == 32 for pin in pins.values())
    assert len(set(pins.values())) == len(pins)


@pytest.mark.parametrize("size_class", ["XS", "S"])
def test_the_sources_compile_to_their_pins(size_class: str) -> None:
    """The larger classes take minutes: ``novate keys rebuild --class M``."""
    assert prover.digest(size_class) == keyfolder.pins()[size_class]


def test_a_rebuild_compares_pin_keys_and_files(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    key, folder = smallest_key()
    (tmp_path / "keys").symlink_to(folder.absolute(), target_is_directory=True)
    service = tmp_path / "service.json"
    command = ["keys", "rebuild", "--class", "XS", "--data", str(tmp_path), "--json", "--against", str(service)]
    for named, code in ((key.system, 0), ("00" * 32, 4)):
        service.write_text(json.dumps({"key": {"class": "XS", "circuit": named}}))
        assert main(command) == code
        answer = json.loads(capsys.readouterr().out)
        assert answer["same"] is (code == 0)
        found = {one["where"]: one["same"] for one in answer["compared"]}
        assert found["these sources"] and found[f"key {key.digest[:16]}"]
        assert found[str(service)] is (code == 0)
    service.write_text("{}")
    assert main(command) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "NAMES_NO_CIRCUIT"


def test_one_key_is_shown_with_its_record(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    key, folder = smallest_key()
    (tmp_path / "keys").symlink_to(folder.absolute(), target_is_directory=True)
    assert main(["keys", "show", key.digest[:12], "--data", str(tmp_path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["label"], answer["transcript"]) == ("development", None)
    assert answer["record"]["alpha"] == key.points["alpha"]
    assert main(["keys", "show", "none", "--data", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "NO_SUCH_KEY"
