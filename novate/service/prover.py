"""The prover's process: pulls jobs from the sequencer of these services and proves them."""

import os
import sys
import threading

from circuits.prover import Prover
from novate.observe.logs import logger
from novate.service.folder import Folder
from novate.service.keys import keys_of
from novate.service.process import run
from novate.service.processes import Presence
from novate.service.tokens import of_provers
from sequencer.doors.remote import RemoteDoor
from sequencer.judge import KeyName
from sequencer.worker import Worker

JOIN = 0.05
NICE = 10
"""By so much the prover steps back: on the same processor an acknowledgement comes before a proof."""
LOOK = 1.0


def tell(event: str, **fields: object) -> None:
    """An event of the worker as a line of the log."""
    logger().info(f"prover.{event}", **fields)


def body(folder: Folder, presence: Presence, stopping: threading.Event) -> None:
    """Load the keys, and prove until told to stop: a job in progress is given back."""
    os.nice(NICE)
    service = folder.read()
    found = keys_of(folder, service)
    machines = {key.class_name: Prover(key.class_name, folder.keys.absolute()) for key in found}
    names = {key.class_name: KeyName(key.system, key.digest) for key in found}
    door = RemoteDoor(f"http://{service.operator}", of_provers(folder).newest)
    worker = Worker(door, machines, names, "prover", tell)
    thread = threading.Thread(target=worker.run, name="worker", daemon=True)
    try:
        machines[service.size_class].start()
        thread.start()
        presence.tell(ready=True, address=f"http://{service.operator}")
        logger().info("prover.ready", classes=sorted(machines))
        while not stopping.wait(LOOK) and thread.is_alive():
            presence.beat()
            worker.wake()  # a sequencer that was away may be back
    finally:
        while thread.is_alive():
            worker.stop()
            thread.join(JOIN)
        door.close()
        for machine in machines.values():
            machine.close()


if __name__ == "__main__":
    sys.exit(run("prover", body))
