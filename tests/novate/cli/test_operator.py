"""``novate operator``: the admin nominates, the services take another key."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account

from novate import tools
from novate.cli.main import main
from novate.service.folder import ChainRecord, Folder, Service
from novate.service.roles import keep_operator, operator_of
from verifier.chain import Chain, development_account
from verifier.deploy import NOBODY, Terms, deploy_settlement, deploy_token
from verifier.devnet import Devnet

PASSWORD = "a password of nobody"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Services with a contract, as they lie on the disk."""
    os.environ.setdefault("NOVATE_ANVIL", str(tools.anvil()))
    admin, operator = development_account(0), development_account(1)
    with Devnet() as net:
        chain = Chain(net.url)
        terms = Terms(deploy_token(chain, admin), {}, 1, admin.address, operator.address)
        settlement = deploy_settlement(chain, admin, terms)
        settlement.accept_operator(operator)
        folder = Folder(tmp_path)
        folder.make()
        folder.write(Service("XS", ChainRecord(chain.id, net.url, True, settlement.address), 300, 86_400))
        keep_operator(folder, operator)
        yield folder


def told(capsys: pytest.CaptureFixture, folder: Folder, *words: str) -> dict:
    """The answer to a command."""
    code = main(["operator", *words, "--data", str(folder.home), "--json"])
    answer = json.loads(capsys.readouterr().out)
    return {"exit": code, **answer}


def test_the_office_is_offered_and_another_key_taken(folder: Folder, tmp_path: Path, capsys) -> None:
    successor = development_account(7)
    offices = told(capsys, folder, "show")
    assert offices["operator"] == offices["ours"] == development_account(1).address
    assert offices["nominee"] == NOBODY and offices["admin"] == development_account(0).address
    assert told(capsys, folder, "nominate", successor.address.lower())["nominee"] == successor.address
    keystore, password = tmp_path / "successor.json", tmp_path / "password"
    keystore.write_text(json.dumps(Account.encrypt(successor.key, PASSWORD, kdf="pbkdf2", iterations=100)))
    password.write_text(PASSWORD)
    password.chmod(0o600)
    assert told(capsys, folder, "use", str(keystore), "--password", str(password))["operator"] == successor.address
    offices = told(capsys, folder, "show")
    assert offices["nominee"] == offices["ours"] == successor.address == operator_of(folder).address
    password.chmod(0o644)
    refused = told(capsys, folder, "use", str(keystore), "--password", str(password))
    assert refused["exit"] == 1 and "PASSWORD_EXPOSED" in json.dumps(refused)
    assert told(capsys, folder, "nominate", "0x12")["exit"] == 1
