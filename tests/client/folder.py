"""The folder of services as ``novate up`` leaves it, for commands that are run in this process."""

import json
from pathlib import Path

from novate.cli.main import main
from novate.client.accounts import KeyFile, KeyFolder
from novate.service.folder import ChainRecord, Folder, Service
from novate.service.listing import instrument_json
from tests.client import house


def written(home: Path, api: str, chain: ChainRecord, accounts: dict[str, int], **other: object) -> Folder:
    """A service at an address, and key files of accounts by name."""
    folder = Folder(home)
    folder.make()
    instruments = [instrument_json(one) for one in house.INSTRUMENTS]
    folder.write(Service("S", chain, 300, 86_400, instruments=instruments, api=api.removeprefix("http://"), **other))
    keys = KeyFolder(folder.accounts)
    for name, account in accounts.items():
        keys.write(KeyFile(name, account, house.seed(account)))
    return folder


class Line:
    """The command line, run in this process on one folder."""

    def __init__(self, home: Path, capsys) -> None:
        self._home = home
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        self._capsys.readouterr()
        code = main([*words, "--data", str(self._home)])
        told = self._capsys.readouterr()
        return code, told.out, told.err

    def json(self, *words: str, code: int = 0) -> dict:
        """The answer as an object; the exit code must be this one."""
        found, out, err = self.run(*words, "--json")
        assert found == code, out + err
        return json.loads(out)

    def text(self, *words: str, code: int = 0) -> str:
        """The answer for people, or the refusal."""
        found, out, err = self.run(*words)
        assert found == code, out + err
        return out if code == 0 else err
