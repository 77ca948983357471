"""Keys come out of encrypted files; passwords that others can read are refused."""

import json
from pathlib import Path

import pytest
from eth_account import Account

from verifier.chain import development_account
from verifier.errors import BadInput
from verifier.keystore import open_keystore

KEY = development_account(3)
PASSWORD = "correct horse battery staple"


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    file = tmp_path / "keystore.json"
    file.write_text(json.dumps(Account.encrypt(KEY.key, PASSWORD, kdf="pbkdf2", iterations=100)))
    return file


def password(folder: Path, text: str = PASSWORD + "\n", mode: int = 0o600) -> Path:
    """A file with a password."""
    file = folder / "password"
    file.write_text(text)
    file.chmod(mode)
    return file


def code(*given: object, **named: object) -> str:
    with pytest.raises(BadInput) as refused:
        open_keystore(*given, **named)
    assert PASSWORD not in str(refused.value)
    return refused.value.code


def test_a_keystore_opens_with_its_password(keystore: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_keystore(keystore, password(tmp_path)).address == KEY.address
    monkeypatch.setenv("OPERATOR_PASSWORD", PASSWORD)
    assert open_keystore(keystore, variable="OPERATOR_PASSWORD").address == KEY.address


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_password_that_others_can_read_is_refused(keystore: Path, tmp_path: Path, mode: int) -> None:
    assert code(keystore, password(tmp_path, mode=mode)) == "PASSWORD_EXPOSED"


def test_what_is_missing_or_wrong_is_named(keystore: Path, tmp_path: Path) -> None:
    assert code(keystore) == "PASSWORD_MISSING"
    assert code(keystore, variable="NO_SUCH_VARIABLE") == "PASSWORD_MISSING"
    assert code(keystore, tmp_path / "nothing") == "PASSWORD_MISSING"
    assert code(keystore, password(tmp_path, "\n")) == "PASSWORD_MISSING"
    assert code(keystore, password(tmp_path, "wrong")) == "KEYSTORE_PASSWORD"
    (tmp_path / "password").write_bytes(b"\xff\xfe")
    assert code(keystore, tmp_path / "password") == "PASSWORD_MISSING"
    assert code(tmp_path / "nothing", password(tmp_path)) == "KEYSTORE_UNREADABLE"
    for content in ("", "[]", "{"):
        keystore.write_text(content)
        assert code(keystore, password(tmp_path)) == "KEYSTORE_UNREADABLE"
    keystore.write_text("{}")
    assert code(keystore, password(tmp_path)) == "KEYSTORE_PASSWORD"
