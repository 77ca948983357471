"""Numbers for random states: every magnitude is as likely as any other, and the ends of each range come up often."""

from random import Random

from rollup.layout import MILLION, PRICE_MAX


def magnitude(random: Random, highest: int) -> int:
    """From 0 to ``highest``: an end, or a number of a random length."""
    if random.random() < 0.12:
        return random.choice((0, 1, highest - 1, highest))
    return min(random.getrandbits(random.randint(1, max(1, highest.bit_length()))), highest)


def positive(random: Random, highest: int) -> int:
    """The same from 1."""
    return max(1, magnitude(random, highest))


def signed(random: Random, highest: int) -> int:
    """Either sign."""
    return random.choice((-1, 1)) * magnitude(random, highest)


def around(random: Random, edge: int) -> int:
    """The edge, or one beside it."""
    return edge + random.choice((-1, 0, 0, 1))


def mark(random: Random) -> int:
    """A price; round ones make requirements that equity can meet exactly, and an unpriced market has none."""
    kind = random.random()
    if kind < 0.08:
        return 0
    if kind < 0.6:
        return 16 * MILLION * random.randint(1, 40)
    return positive(random, PRICE_MAX)


def fractions(random: Random) -> tuple[int, int]:
    """Initial margin and fee reserve, the second no higher."""
    initial = positive(random, MILLION)
    return initial, min(initial, magnitude(random, MILLION))
