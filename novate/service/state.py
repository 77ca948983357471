"""What ``novate status`` shows, as the sequencer's process knows it."""

import json
import time

from novate import __version__
from novate.observe import heads
from novate.observe.liveness import liveness
from novate.observe.pulse import CHAIN_LIMIT


def state_of(house) -> dict:
    """Heads, queues, jobs, mode: one object."""
    sequencer, watch = house.sequencer, house.watch
    status, now = sequencer.status(), time.time_ns() // 1_000_000
    found = heads.times(sequencer.directory)
    stages = watch.heads()
    return {
        "time": now,
        "version": __version__,
        "mode": status.mode,
        "reason": reason_of(status),
        "chain_trouble": status.trouble,
        "chain_age": round(watch.pulse.chain_age, 1),
        "chain_limit": CHAIN_LIMIT,
        "proof_trouble": sequencer.desk.trouble if sequencer.desk else "",
        "sequence": status.sequence,
        "waiting_actions": status.waiting,
        "heads": [{**head._asdict(), "is_late": head.is_late} for head in stages],
        "jobs": [plain(job) for job in watch.jobs()],
        "liveness": {name: one._asdict() for name, one in liveness(found, now).items()},
        "manual": house.service.manual,
    }


def reason_of(status) -> dict | None:
    """Why less than everything is taken."""
    cause = status.halted or status.reduced
    if cause is None:
        return None
    return {"code": str(cause.code), "text": str(cause), "numbers": json.loads(json.dumps(cause.numbers, default=str))}


def plain(job) -> dict:
    """A job of the provers' desk."""
    return dict(job._asdict())
