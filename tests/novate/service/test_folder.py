"""The folder: secrets are private from the first byte, records come back as written, removal says how much."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from novate.cli.main import main
from novate.errors import NovateError
from novate.service.backups import move_aside
from novate.service.folder import ChainRecord, Folder, Service, address_of, folder_of
from novate.service.roles import check_key, roles_for
from novate.service.tokens import TokenFile, of_operator, of_provers
from novate.service.up import Options, agreed
from verifier.devnet import free_port


def service() -> Service:
    """Some services, deployed."""
    chain = ChainRecord(31337, "http://127.0.0.1:1", True, "0x" + "11" * 20)
    return Service(size_class="XS", chain=chain, window=300, patience=600, key={"digest": "aa"})


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert not folder.exists
    folder.write(service())
    assert folder.exists
    assert folder.read() == service()
    assert Folder.at(folder.root).read() == service()


def test_a_folder_without_services_says_so(tmp_path: Path) -> None:
    with pytest.raises(NovateError, match="NO_SERVICE"):
        Folder(tmp_path).read()
    with pytest.raises(NovateError, match="NO_SERVICE"):
        Folder.at(tmp_path / "somewhere")


@pytest.mark.parametrize("of", [of_operator, of_provers])
def test_a_token_is_made_once_and_is_the_owners_alone(tmp_path: Path, of: Callable[[Folder], TokenFile]) -> None:
    folder = Folder(tmp_path)
    folder.make()
    token = of(folder).newest()
    assert token == of(folder).newest()
    assert len(token) >= 40
    assert stat.S_IMODE(of(folder).path.stat().st_mode) == 0o600
    of(folder).add()
    assert stat.S_IMODE(of(folder).path.stat().st_mode) == 0o600


def test_a_file_without_a_token_opens_nothing(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "token")
    assert tokens.good() == []
    tokens.path.write_bytes(b"\xff\xfe\n")
    assert tokens.good() == []
    tokens.path.write_text("\n \n")
    with pytest.raises(NovateError, match="NO_TOKEN"):
        tokens.newest()


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVATE_HOME", str(tmp_path))
    assert folder_of(None).home == tmp_path
    assert folder_of(Path("elsewhere")).home == Path("elsewhere")


@pytest.mark.parametrize("text", ["", "7400", "host:", "host:port", "host:0", "host:65536", ":7400"])
def test_an_address_is_a_host_and_a_port(text: str) -> None:
    with pytest.raises(ValueError):
        address_of(text)


def test_development_keys_are_for_development_chains(tmp_path: Path) -> None:
    check_key(31337, True)
    check_key(1, False)
    with pytest.raises(NovateError, match="DEVELOPMENT_KEY.*chain 1 is no development chain"):
        check_key(1, True)
    with pytest.raises(NovateError, match="DEVELOPMENT_ACCOUNT.*chain 1 is no development chain"):
        roles_for(1, None, None)
    roles = roles_for(31337, None, None)
    assert len({roles.admin.address, roles.operator.address, roles.fees}) == 3


@pytest.mark.parametrize("asked", [{"size_class": "S"}, {"window": 301}, {"chain": "http://127.0.0.1:2"}])
def test_what_was_deployed_is_not_what_is_asked_for(tmp_path: Path, asked: dict) -> None:
    folder = Folder(tmp_path)
    folder.write(service())
    with pytest.raises(NovateError, match="DEPLOYED_OTHERWISE"):
        agreed(folder, Options(**asked))


def test_what_is_left_out_stays_and_the_rest_changes(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(replace(service(), manual=True, policy={"age": 5}))
    assert agreed(folder, Options()) == folder.read()
    changed = agreed(folder, Options(size_class="XS", manual=False, policy={"confirmations": 4}))
    assert (changed.manual, changed.policy) == (False, {"age": 5, "confirmations": 4})


def test_reset_says_how_much_and_asks(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = Folder(tmp_path)
    folder.make()
    folder.write(service())
    (folder.sequencer / "journal").write_bytes(bytes(2_500_000))
    assert main(["reset", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "2 files, 2.5 MB" in said
    assert "NOT_CONFIRMED" in said
    assert folder.exists
    assert main(["reset", "--data", str(tmp_path), "--yes"]) == 0
    assert not folder.root.exists()


def test_reset_removes_what_restores_moved_aside_too(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """Old states hold trading keys and the operator's."""
    folder = Folder(tmp_path)
    folder.write(service())
    old = [move_aside(folder)]
    (tmp_path / "keys").mkdir()
    assert main(["reset", "--data", str(tmp_path)]) == 1
    assert f"{old[0]}: 1 files" in capsys.readouterr().err
    assert main(["reset", "--data", str(tmp_path), "--yes"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_clean_removes_keys_and_programs_and_leaves_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("NOVATE_TOOLS", str(tmp_path / "tools"))
    folder = Folder(tmp_path)
    folder.write(service())
    for path in (folder.keys / "XS.proving", tmp_path / "tools" / "bin" / "prover"):
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(1000))
    assert main(["clean", "--data", str(tmp_path), "--yes", "--json"]) == 0
    assert '"bytes": 2000' in capsys.readouterr().out
    assert not folder.keys.exists()
    assert not (tmp_path / "tools" / "bin").exists()
    assert folder.exists


def test_status_of_nothing_is_unreachable(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["status", "--data", str(tmp_path)]) == 3
    assert "NO_SERVICE" in capsys.readouterr().err
    folder = Folder(tmp_path)
    folder.make()
    folder.write(replace(service(), operator=f"127.0.0.1:{free_port()}"))
    of_operator(folder).newest()
    assert main(["status", "--data", str(tmp_path), "--json"]) == 3
    assert "SEQUENCER_UNREACHABLE" in capsys.readouterr().out
