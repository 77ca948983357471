"""Actions, previews, receipts, dead-man switches, read tokens, reporters' prices."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from rollup.actions import Report
from sequencer.gateway import wire
from sequencer.gateway.preview import preview
from sequencer.gateway.problems import error_of
from sequencer.gateway.routes import Call, Endpoint
from sequencer.gateway.signed import pair
from sequencer.gateway.tokens import packed

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway


class ReceiptQuery(Struct, forbid_unknown_fields=True):
    """Wait up to ``wait_ms`` until the action's batch has reached ``stage``."""

    wait_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    stage: Literal["open", "sealed", "committed", "proven", "settled"] = "open"


async def post_actions(gateway: "Gateway", call: Call) -> wire.Submitted:
    """Submit signed actions: each is answered once it is durable. The same bytes again get the first receipt."""
    raise AssertionError("served by submit.Submit, without a detour")


async def post_preview(gateway: "Gateway", call: Call) -> wire.Previewed:
    """What would become of an action now: digest, canonical bytes, signature, margin. Nothing is changed."""
    return await preview(gateway, call.body.action, call.reader)


async def get_receipt(gateway: "Gateway", call: Call) -> wire.Receipt:
    """What became of an action, and how final it is."""
    digest = bytes.fromhex(call.path["hash"][2:])
    return await gateway.receipt(digest, call.query.stage, call.query.wait_ms / 1000)


async def post_schedule_cancel(gateway: "Gateway", call: Call) -> wire.Scheduled:
    """Dead-man switch: leave signed cancel-alls that are submitted at a time unless renewed; clearing needs a token."""
    return await gateway.dead_man.schedule(call.body, call.reader == call.body.account)


async def post_token(gateway: "Gateway", call: Call) -> wire.Token:
    """Exchange a signed read word for the token that reads carry; making the token oneself is as good."""
    token = packed(call.body)
    account = await gateway.account_of(token)
    return wire.Token(token, account, call.body.expires)


async def post_reports(gateway: "Gateway", call: Call) -> wire.ReportResults:
    """Reporters' signed prices of a round; they begin a batch once a quorum is there."""
    reports = [
        Report(report.reporter, report.round, tuple(report.prices), pair(report.signature))
        for report in call.body.reports
    ]

    def submit() -> list[bool | Exception]:
        return gateway.sequencer.oracle.submit_many(reports, gateway.sequencer.now())

    outcomes = await gateway.loop.run_in_executor(None, submit)
    return wire.ReportResults(
        [
            wire.ReportResult(False, error_of(outcome))
            if isinstance(outcome, Exception)
            else wire.ReportResult(outcome, None)
            for outcome in outcomes
        ]
    )


ENDPOINTS = [
    Endpoint("POST", "/v1/actions", post_actions, wire.Submitted, body=wire.Submit),
    Endpoint("POST", "/v1/actions/preview", post_preview, wire.Previewed, body=wire.Preview, cost="preview"),
    Endpoint("GET", "/v1/receipts/{hash}", get_receipt, wire.Receipt, ReceiptQuery),
    Endpoint(
        "POST", "/v1/schedule_cancel", post_schedule_cancel, wire.Scheduled, body=wire.ScheduleCancel, cost="heavy"
    ),
    Endpoint("POST", "/v1/tokens", post_token, wire.Token, body=wire.TokenRequest, cost="heavy"),
    Endpoint("POST", "/v1/reports", post_reports, wire.ReportResults, body=wire.SubmitReports, cost="heavy"),
]
