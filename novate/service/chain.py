"""The chain's process: a development node whose state is written down after each block."""

import sys
import threading

from novate import tools
from novate.observe.logs import logger
from novate.service.folder import Folder, address_of
from novate.service.process import run
from novate.service.processes import Presence
from verifier import keeper


def serve(folder: Folder, presence: Presence, stopping: threading.Event) -> None:
    """Run the node of these services until told to stop."""
    tools.announce()
    chain = folder.read().chain
    _, port = address_of(chain.url.removeprefix("http://"))

    def ready(url: str) -> None:
        presence.tell(ready=True, address=url)
        logger().info("chain.ready", url=url)

    def is_over() -> bool:
        presence.beat()
        return stopping.is_set()

    keeper.serve(folder.chain, port, chain_id=chain.id, ready=ready, stopping=is_over)


if __name__ == "__main__":
    sys.exit(run("chain", serve))
