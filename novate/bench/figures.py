"""The figures of ``novate bench``: their keys never change. docs/bench.md defines each."""

from collections.abc import Mapping
from typing import NamedTuple


class Figure(NamedTuple):
    """A figure, what it is aimed at, and whether more of it is better."""

    key: str
    part: str
    text: str
    unit: str
    reach: float
    is_more_better: bool = False

    def is_reached(self, value: float) -> bool:
        """Whether a value is as good as what is aimed at."""
        return value >= self.reach if self.is_more_better else value <= self.reach


FIGURES = (
    Figure("constraints_per_signature", "circuits", "a signature, marginal", "constraints", 600),
    Figure("constraints_per_signer", "circuits", "a distinct signer", "constraints", 850),
    Figure("constraints_per_order", "circuits", "a single resting order, without pages", "constraints", 850),
    Figure("constraints_per_sheet_order", "circuits", "a quote of a full sheet and a collect", "constraints", 230),
    Figure("constraints_per_fill", "circuits", "a fill", "constraints", 110),
    Figure("constraints_per_page_dense", "circuits", "a touched account page among 1,000", "constraints", 2_900),
    Figure("constraints_per_page_sparse", "circuits", "a touched account page among a million", "constraints", 4_100),
    Figure("constraints_per_margin", "circuits", "of it the margin", "constraints", 600),
    Figure("constraints_total", "circuits", "class M in all", "constraints", 2_097_152),
    Figure("setup_seconds_per_million", "setup", "development set-up, a million constraints", "s", 40),
    Figure("prove_seconds", "prove", "a proof", "s", 24),
    Figure("peak_rss_gib", "prove", "memory of the prover", "GiB", 5),
    Figure("proven_actions_per_second", "prove", "proven actions, mixed flow, steady state", "/s", 50, True),
    Figure("gas_per_batch", "gas", "commit and settle, 4 deposits, 4 withdrawals", "gas", 430_000),
    Figure("gas_per_word", "gas", "a further public word, without calldata", "gas", 130),
    Figure("verify_python_seconds", "verify", "a batch checked in Python", "s", 2),
    Figure("engine_actions_per_second", "engine", "engine alone, journal on", "/s", 8_000, True),
)
PARTS = ("circuits", "engine", "gas", "verify", "setup", "prove")
"""Parts that can be asked for, cheapest first."""

Measured = Mapping[str, float]
