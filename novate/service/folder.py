"""The folder of the services: what they are, and everything that they keep.

.novate/service/service.json        what runs: chain, contracts, class, markets, addresses
                genesis.json        the deployment as the rollup has it
                operator.json       keystore of the operator, operator.password beside it (0600)
                operator.token      for the operator's listener (0600)
                prover.token        for the provers' jobs there, and nothing else (0600)
                reporters.json      seeds of the development reporters (0600)
                accounts/NAME.json  trading accounts (0600)
                sequencer/  chain/  journal and traces; the chain as it was dumped last
                logs/  run/         a log for each process, and which of them run
"""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from novate import __version__
from novate.errors import NovateError
from novate.home import DEFAULT, home

FORMAT = 1
PRIVATE = 0o600
GAS_CAP = 200
"""Gwei a unit of gas that the operator pays at most, unless said otherwise."""
API = "127.0.0.1:7400"
OPERATOR = "127.0.0.1:7401"
CHAIN = "127.0.0.1:7402"


@dataclass(frozen=True)
class ChainRecord:
    """Where the contracts are. ``settlement`` is empty until they are deployed; ``embedded``: a node of our own."""

    id: int
    url: str
    embedded: bool
    settlement: str = ""
    token: str = ""
    first_block: int = 0
    hardfork: str = ""
    admin: str = ""
    operator: str = ""


@dataclass(frozen=True)
class Service:
    """What runs.

    ``key``        the proving key: class, circuit, digest, and whether it is for development only
    ``markets``    units of each market, for people; ``instruments`` the same as the API has them
    ``window``     seconds that a commitment may lag behind its batch's clock
    ``manual``     batches are sealed, committed, proven and settled when somebody says so
    ``reporters``  development reporters sign prices inside the sequencer's process
    ``policy``     what differs from ``sequencer.policy.DEFAULT``
    ``gas_cap``    most that the operator pays for gas, gwei
    """

    size_class: str
    chain: ChainRecord
    window: int
    patience: int
    key: dict[str, Any] = field(default_factory=dict)
    markets: list[dict[str, Any]] = field(default_factory=list)
    instruments: list[dict[str, Any]] = field(default_factory=list)
    genesis_root: str = ""
    manual: bool = False
    reporters: bool = True
    api: str = API
    operator: str = OPERATOR
    policy: dict[str, int] = field(default_factory=dict)
    gas_cap: int = GAS_CAP
    novate: str = __version__
    format: int = FORMAT

    @property
    def is_deployed(self) -> bool:
        """Whether the contracts are there."""
        return bool(self.chain.settlement)

    def with_chain(self, **fields: object) -> "Service":
        """The same with other fields of the chain."""
        return replace(self, chain=replace(self.chain, **fields))


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file whole or not at all, readable by whom ``mode`` says from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.with_name(f"{path.name}.{os.getpid()}")
    building.unlink(missing_ok=True)
    descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    building.replace(path)


class Folder:
    """The services' folder, under the folder of keys and runs."""

    def __init__(self, home: Path = DEFAULT) -> None:
        self.home = home
        self.root = home / "service"
        self.keys = home / "keys"
        self.service = self.root / "service.json"
        self.genesis = self.root / "genesis.json"
        self.keystore = self.root / "operator.json"
        self.password = self.root / "operator.password"
        self.token_file = self.root / "operator.token"
        self.prover_token_file = self.root / "prover.token"
        self.reporters = self.root / "reporters.json"
        self.accounts = self.root / "accounts"
        self.sequencer = self.root / "sequencer"
        self.chain = self.root / "chain"
        self.logs = self.root / "logs"
        self.run = self.root / "run"

    @classmethod
    def at(cls, root: Path) -> "Folder":
        """The folder whose root is named, as processes get it; raises ``NovateError`` (NO_SERVICE)."""
        if root.name != "service":
            raise NovateError("NO_SERVICE", f"{root} is no folder of services", fix="novate up")
        return cls(root.parent)

    @property
    def exists(self) -> bool:
        """Whether services were ever set up here."""
        return self.service.exists()

    def read(self) -> Service:
        """What runs here; raises ``NovateError`` (NO_SERVICE)."""
        try:
            data = json.loads(self.service.read_text())
            chain = ChainRecord(**data.pop("chain"))
            return Service(chain=chain, **data)
        except FileNotFoundError:
            reason, fix = "", "novate up; --data or NOVATE_HOME name another folder"
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason, fix = f" that can be read: {error}", "novate restore, or novate reset"
        text = f"{self.root} holds no services{reason}"
        raise NovateError("NO_SERVICE", text, fix=fix, folder=str(self.root)) from None

    def write(self, service: Service) -> None:
        """Put down what runs here."""
        write_whole(self.service, json.dumps(asdict(service), indent=1) + "\n")

    def make(self) -> None:
        """The folders that processes write into."""
        for folder in (self.sequencer, self.chain, self.accounts, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)
        self.accounts.chmod(0o700)


def folder_of(named: Path | None) -> Folder:
    """The services' folder, under the one that is named, by the environment else."""
    return Folder(named or home())


def address_of(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``; raises ``ValueError``, which is a usage error."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise ValueError(text)
    return host, int(port)


def size_of(folder: Path) -> tuple[int, int]:
    """Files in a folder and their bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
    return len(files), sum(path.lstat().st_size for path in files)
