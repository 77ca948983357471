"""The services seen as a run: what lists, shows, exports and verifies batches works on both."""

from contextlib import suppress
from pathlib import Path

from novate.errors import NovateError
from novate.service.folder import Folder
from verifier.devnet import rpc
from verifier.errors import ChainUnreachable

NAME = "services"


class ServiceRun:
    """A folder of services with the names that a ``novate.home.Run`` has."""

    number = NAME

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.folder = folder.root
        self.sequencer = folder.sequencer
        self.chain = folder.chain

    def read(self) -> dict:
        """The record, as far as batches need it; raises ``NovateError`` (NO_SERVICE)."""
        service = self._folder.read()
        if not service.is_deployed:
            raise NovateError("NO_SERVICE", f"{self.folder} has no contracts yet", fix="novate up")
        chain = service.chain
        return {
            "markets": service.markets,
            "key": service.key,
            "chain": {"id": chain.id, "hardfork": chain.hardfork, "settlement": chain.settlement},
        }

    def running_chain(self) -> str | None:
        """URL of the services' chain, if it answers and is the one."""
        chain = self._folder.read().chain
        with suppress(ChainUnreachable):
            if int(str(rpc(chain.url, "eth_chainId", timeout=2)), 16) == chain.id:
                return chain.url
        return None

    def first_block(self) -> int:
        """Where to begin to look for events."""
        return self._folder.read().chain.first_block


def services_at(data: Path) -> ServiceRun | None:
    """The services under a folder of keys and runs, if there are any with a journal."""
    folder = Folder(data)
    return ServiceRun(folder) if folder.exists and any(folder.sequencer.glob("*.sqlite")) else None
