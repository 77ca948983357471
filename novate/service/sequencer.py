"""The sequencer's process: the sequencer, the public API and the operator's listener."""

import asyncio
import gc
import sys
import threading

from novate import tools
from novate.observe.logs import logger
from novate.service.folder import Folder, address_of
from novate.service.house import House
from novate.service.listeners import Server, bound, plain, serve
from novate.service.operator import application
from novate.service.process import run
from novate.service.processes import Presence
from sequencer.gateway.server import ApiServer, config


def body(folder: Folder, presence: Presence, stopping: threading.Event) -> None:
    """Recover, open the doors, serve until told to stop."""
    tools.announce()
    service = folder.read()
    listeners = [bound(service.api), bound(service.operator)]
    house = House(folder)
    try:
        house.start()
        public = config(house.api, *address_of(service.api))
        operators = plain(application(house, house.provers()))

        def ready() -> None:
            gc.collect()
            gc.freeze()  # what is there by now stays: looking through it again and again would hold everyone up
            presence.tell(ready=True, address=f"http://{service.api}")
            sequence = house.sequencer.status().sequence
            logger().info("sequencer.ready", api=service.api, operator=service.operator, sequence=sequence)

        servers = dict(zip(listeners, (ApiServer(public, house.api), Server(operators))))
        with asyncio.Runner(loop_factory=public.get_loop_factory()) as runner:  # uvloop's where there is one
            runner.run(serve(servers, stopping, ready))
    finally:
        house.stop()


if __name__ == "__main__":
    sys.exit(run("sequencer", body))
