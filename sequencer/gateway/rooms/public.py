"""What anyone asks first: health, time, how to sign, limits, codes."""

from typing import TYPE_CHECKING

from rollup.layout import BODIES, CANCEL_ITEM, FIELD, KINDS, PLACE_ITEM, WORD_HEAD, Bits
from sequencer.gateway import problems, wire
from sequencer.gateway.routes import Call, Endpoint
from sequencer.gateway.views import cell, now

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041
CURVE_D = 12181644023421730124874158521699555681764249180949974110617291017600649128846
BASE_POINT = (
    9671717474070082183213120605117400219616337014328744928644933853176787189663,
    16950150798460657717958625567821834550301663161624707787222815936182638968203,
)
"""Of the signature curve; docs/signing.md has them."""
WIDTHS = {"sheet": 16, "report": 8}
"""Cells that the hash takes; 4 for every other kind."""


async def get_status(gateway: "Gateway", call: Call) -> wire.Status:
    """Mode, heads of every stage with their ages, queues, proofs in progress."""
    return await gateway.moments.status()


async def get_time(gateway: "Gateway", call: Call) -> wire.Time:
    """The server's clock and that of the batch in progress, both in milliseconds."""
    return wire.Time(now(), 1000 * gateway.sequencer.engine.clock)


def _parts(fields: tuple[Bits, ...]) -> list[wire.WordPart]:
    return [wire.WordPart(*field) for field in fields]


async def get_domain(gateway: "Gateway", call: Call) -> wire.Domain:
    """All that is needed to sign without our software."""
    domain = gateway.sequencer.deployment.domain
    kinds = [
        wire.SigningKind(kind, number, WIDTHS.get(kind, 4), _parts(WORD_HEAD), _parts(BODIES[kind]))
        for kind, number in KINDS.items()
    ]
    return wire.Domain(
        name=gateway.info.name,
        version=domain.version,
        chain_id=domain.chain_id,
        verifying_contract=f"{domain.contract:#042x}",
        digest=cell(gateway.domain),
        field=cell(FIELD),
        subgroup_order=cell(ORDER),
        base_point=[cell(coordinate) for coordinate in BASE_POINT],
        curve_d=cell(CURVE_D),
        kinds=kinds,
        place_item=_parts(PLACE_ITEM),
        cancel_item=_parts(CANCEL_ITEM),
        vectors="tests/vectors",
    )


async def get_limits(gateway: "Gateway", call: Call) -> wire.Limits:
    """Every bucket, what requests cost, and the largest sizes."""
    return gateway.gate.listed()


async def get_errors(gateway: "Gateway", call: Call) -> wire.Errors:
    """Every code there is, with its number, outcome, retry and status."""
    return wire.Errors(problems.listed())


ENDPOINTS = [
    Endpoint("GET", "/v1/status", get_status, wire.Status),
    Endpoint("GET", "/v1/time", get_time, wire.Time),
    Endpoint("GET", "/v1/domain", get_domain, wire.Domain),
    Endpoint("GET", "/v1/limits", get_limits, wire.Limits),
    Endpoint("GET", "/v1/errors", get_errors, wire.Errors),
]
