"""Every code with which the sequencer itself says no, and the one exception that carries them.

What a rule of the rollup turns away raises ``rollup.refusals.Refused``; these are the sequencer's own reasons.
"""

from enum import StrEnum


class Problem(StrEnum):
    """Stable codes; never renamed."""

    # Opening a directory.
    IN_USE = "IN_USE"
    """Another sequencer runs on this directory."""
    JOURNAL_VERSION = "JOURNAL_VERSION"
    """The journal was written under another schema."""
    JOURNAL_DAMAGED = "JOURNAL_DAMAGED"
    """A record is missing, altered or unreadable; nothing after it can be trusted."""
    JOURNAL_LOST = "JOURNAL_LOST"
    """Records that were acknowledged are gone."""
    TRACE_LOST = "TRACE_LOST"
    """A trace that has yet to be proven is missing or altered."""
    GENESIS_DIFFERS = "GENESIS_DIFFERS"
    """The journal belongs to another genesis, domain or size class."""
    ROOT_DIFFERS = "ROOT_DIFFERS"
    """Replaying the journal led to another root than the one it recorded."""

    # Submitting.
    UNCHECKED = "UNCHECKED"
    """Signatures could not be checked; the action was not sequenced."""
    QUEUE_FULL = "QUEUE_FULL"
    """More actions wait than the sequencer takes on; the action was not sequenced."""
    PROOFS_BEHIND = "PROOFS_BEHIND"
    """As many batches await their settlement as the contract remembers; the action was not sequenced."""
    HALTED = "HALTED"
    """The sequencer stopped taking actions; ``status()`` names the reason."""
    REDUCED = "REDUCED"
    """A batch does not prove: only cancels, sheets of cancels and withdrawals are taken until that is mended."""
    STOPPED = "STOPPED"
    """The sequencer is not running; whether the action took effect is known after the next start."""
    ENGINE_FAILED = "ENGINE_FAILED"
    """The engine broke; whether the action took effect is known after the next start."""
    DEPOSIT_GAP = "DEPOSIT_GAP"
    """A deposit came before the ones ahead of it in the contract's queue."""
    JOURNAL_FAILED = "JOURNAL_FAILED"
    """The disk refused a write; whether the action took effect is known after the next start."""

    # Oracle reports.
    ROUND_TOO_OLD = "ROUND_TOO_OLD"
    """The round is not after the last one used, or before the clock."""
    ROUND_TOO_NEW = "ROUND_TOO_NEW"
    """The round lies further in the future than clocks may differ."""
    REPORT_CONFLICTS = "REPORT_CONFLICTS"
    """The reporter signed other prices for this round before."""

    # Proving and settling.
    TRACE_NOT_PROVEN = "TRACE_NOT_PROVEN"
    """The circuit refuses the trace of a batch: engine and circuit disagree."""
    PROVER_KEEPS_DYING = "PROVER_KEEPS_DYING"
    """The prover died at every attempt at one batch."""
    PROVER_UNUSABLE = "PROVER_UNUSABLE"
    """The prover cannot work as it is: no key, another key, a broken program."""
    PROOF_REFUSED = "PROOF_REFUSED"
    """The prover returned a proof that does not verify, or of another batch."""
    COMMITMENT_TOO_LATE = "COMMITMENT_TOO_LATE"
    """The batch's clock left the window in which the contract takes its commitment."""
    REWIND_TOO_FAR = "REWIND_TOO_FAR"
    """Batches that are settled, or were never sealed, cannot be undone."""
    DEPOSIT_REMOVED = "DEPOSIT_REMOVED"
    """A reorganisation of the chain took the deposit out of the contract's queue."""
    TAKEN_OUT = "TAKEN_OUT"
    """The operator took the action out of a batch that does not prove: it takes no effect, its nonce is unused."""
    NO_SUCH_ACTION = "NO_SUCH_ACTION"
    """None of the actions that would be undone, and that an owner sent, has this hash."""
    STILL_COMMITTED = "STILL_COMMITTED"
    """The contract holds a commitment to the batch, and it is too young to be voided."""
    SETTLEMENT_REFUSED = "SETTLEMENT_REFUSED"
    """The contract refuses a commitment or a settlement, again and again."""
    SETTLER_FAILED = "SETTLER_FAILED"
    """What talks to the chain broke."""
    CHAIN_DIFFERS = "CHAIN_DIFFERS"
    """The contract holds something for a batch that this journal did not produce."""


class SequencerError(Exception):
    """A refusal or a fault with a stable ``code``, the numbers behind it, and ``detail`` in words where there are some.

    ``unknown`` is true when what was asked may still have taken effect.
    """

    def __init__(self, code: Problem, detail: str = "", **numbers: object) -> None:
        self.code = code
        self.detail = detail
        self.numbers = numbers
        super().__init__(code, detail, numbers)

    @property
    def unknown(self) -> bool:
        """Whether the action may have taken effect all the same."""
        return self.code in (Problem.STOPPED, Problem.JOURNAL_FAILED, Problem.ENGINE_FAILED)

    def __str__(self) -> str:
        parts = [str(self.code), *(f"{name}={value}" for name, value in self.numbers.items())]
        return " ".join(parts) + (f": {self.detail}" if self.detail else "")
