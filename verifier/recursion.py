"""How deep Python may recurse: py_ecc, which web3 and eth_account load, raises it to 100,000 for the whole process.

A parser written in C then takes text nested so deep that the machine's stack ends before Python's count does, and the
process dies of a few hundred kilobytes. Whatever loads one of the three calls ``bounded`` after its imports; py_ecc's
own arithmetic recurses no deeper than a number has bits.
"""

import sys

MOST = 10_000
"""Frames: a thread's stack of eight megabytes holds them in every parser that we use."""


def bounded() -> None:
    """Take the limit back to ``MOST`` if somebody raised it further."""
    sys.setrecursionlimit(min(sys.getrecursionlimit(), MOST))
