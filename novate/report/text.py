"""The outcome of a full replay on a terminal."""

from collections.abc import Iterator

from novate.cli.output import GREEN, RED, coloured, table
from novate.market.reporters import LIARS
from novate.replay.outcome import BatchRow, Outcome
from novate.replay.tally import Summary, Tally
from novate.report.money import short, units
from rollup.layout import REPORTERS

BATCH_HEAD = (
    "batch",
    "actions",
    "quotes",
    "fills",
    "accounts",
    "pages",
    "constraints",
    "execute s",
    "witness s",
    "prove s",
    "verify s",
    "audit s",
    "commit gas",
    "settle gas",
    "root before",
    "root after",
)
NODES = "nodes "


def text_of(outcome: Outcome) -> str:
    """Everything, in sections."""
    sections = [
        ("Batches", f"{batches(outcome.batches)}\n{outcome.sealed_while_trading} were sealed while trading went on"),
        ("Recorded and replayed", volume(outcome.tally)),
        ("Prices of the oracle", oracle(outcome)),
        ("On chain", chain(outcome)),
        ("Everything adds up", "\n".join(books(outcome))),
    ]
    if outcome.forgery:
        sections.append(("One public word changed, the proof as it was", "\n".join(forgery(outcome))))
    return "\n\n".join(f"{name}\n{'=' * len(name)}\n{text}" for name, text in sections)


def batches(rows: list[BatchRow]) -> str:
    """A row a batch, and under it the share of each capacity that it used."""
    cells = [
        (
            row.number,
            row.actions,
            row.quotes,
            row.fills,
            row.accounts,
            row.pages,
            f"{row.constraints:,}",
            f"{row.execute + row.seal:.2f}",
            f"{row.witness:.2f}",
            f"{row.prove:.1f}",
            f"{row.verify:.3f}",
            f"{row.audit:.1f}",
            f"{row.commit_gas:,}",
            f"{row.settle_gas:,}",
            short(row.root_before),
            short(row.root_after),
        )
        for row in rows
    ]
    head, rule, *lines = table(BATCH_HEAD, cells).split("\n")
    out = [head, rule]
    for line, row in zip(lines, rows):
        out += [line, *wrapped(f"       {row.size_class}, {row.reason}; used: ", used(row), len(rule))]
    return "\n".join(out)


def used(row: BatchRow) -> list[str]:
    """Capacities by falling share, and those of the tree's nodes from level 0 up."""
    shares = sorted(row.share.items(), key=lambda item: -item[1])
    levels = "/".join(f"{share:.0%}".rstrip("%") for name, share in row.share.items() if name.startswith(NODES))
    chips = [f"{name} {share:.0%}" for name, share in shares if share and not name.startswith(NODES)]
    return [*chips, f"{NODES}{levels}%"]


def wrapped(head: str, words: list[str], width: int) -> Iterator[str]:
    """Words in lines of at most ``width``, those after the first one indented."""
    line = head
    for place, word in enumerate(words):
        piece = word + ("," if place + 1 < len(words) else "")
        if len(line) + len(piece) > width and line.strip():
            yield coloured(line.rstrip(), "2")
            line = " " * 9
        line += piece + " "
    yield coloured(line.rstrip(), "2")


def volume(tally: Tally) -> str:
    """A row a market: what traded in the recording, what here, and how far our prices are from recorded ones."""
    summaries = [tally.summary(number) for number in range(len(tally.markets))]
    if len(summaries) > 1:
        summaries.append(tally.summary())
    head = ("market", "recorded", "replayed", "share", "fills", "price off by (mean)", "median", "worst")
    told = f"{tally.seconds} recorded seconds; prices: takers' averages against the recorded ones, in basis points"
    return table(head, [row_of(summary) for summary in summaries]) + f"\n{told}"


def row_of(summary: Summary) -> tuple[str, ...]:
    """One market."""
    return (
        summary.name,
        units(summary.recorded),
        units(summary.replayed),
        f"{summary.share:.1%}",
        f"{summary.fills}",
        f"{summary.mean_basis_points:.2f}",
        f"{summary.median_basis_points:.2f}",
        f"{summary.worst_basis_points:.2f}",
    )


def oracle(outcome: Outcome) -> str:
    """How far the marks are from the recorded prices, though some reporters lied."""
    lies = ", ".join(f"reporter {number} by {lie / 10**4:g} %" for number, lie in LIARS.items())
    worst = max((mark.basis_points for mark in outcome.marks), default=0.0)
    rounds = len({mark.batch for mark in outcome.marks})
    return (
        f"{REPORTERS} reporters signed; {lies} lied in every round\n"
        f"medians of {rounds} rounds: off the recorded prices by {worst:.2f} bp at most"
    )


def chain(outcome: Outcome) -> str:
    """What the contract holds, and what those who left got."""
    books = outcome.books
    head = ("account", "owner", "withdrew", "claimed", "in the wallet now", "")
    rows = [
        (one.account, one.owner, units(one.asked), units(one.owed), units(one.wallet), one.refused)
        for one in outcome.leaving
    ]
    held = f"settlement {outcome.record['chain']['settlement']} holds {units(books.held)}, owes {units(books.owed)}"
    return (table(head, rows) + "\n" if rows else "") + held


def books(outcome: Outcome) -> Iterator[str]:
    """Each check, and the sum of what accounts owe beyond their collateral."""
    for name, holds, numbers in outcome.books.checks():
        mark = coloured("ok  ", GREEN) if holds else coloured("FAIL", RED)
        yield f"{mark} {name}" + ("" if holds else f": {numbers}")
    yield f"     sum of negative equity: {units(outcome.books.negative)}"


def forgery(outcome: Outcome) -> Iterator[str]:
    """The lie, and who refused it for what reason."""
    lie = outcome.forgery
    yield f"batch {lie.batch}, word {lie.word} ({lie.name}): {lie.before:#x} -> {lie.after:#x}"
    yield said("settlement contract", lie.contract)
    yield said("settlement contract, lie committed first", lie.committed)
    yield said("verifier contract, asked directly", "" if lie.verifier else "the proof does not hold")
    yield said("verifier in Python (py_ecc)", lie.python)


def said(who: str, reason: str) -> str:
    """A verifier's refusal, or the news that it took the lie."""
    mark = coloured("refused", GREEN) if reason else coloured("TAKEN  ", RED)
    return f"{mark} {who:<40} {reason}"
