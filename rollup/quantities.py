"""Arithmetic on prices, sizes and amounts. Only the functions of this module round, and their names say where to.

==================  =====  ==================  ==================  ==========================
left                       right               result
==================  =====  ==================  ==================  ==========================
price               times  size                amount              exact: micro-units per lot
amount              times  parts per million   amount              up: an account owes it
==================  =====  ==================  ==================  ==========================
"""

from rollup.layout import MILLION


def cost(price: int, size: int) -> int:
    """Amount in micro-units that ``size`` lots are worth at ``price``. Exact, signed as the size."""
    return price * size


def fee_up(amount: int, rate: int) -> int:
    """Fee on a non-negative amount at ``rate`` parts per million, rounded up: against the account that pays it."""
    return -(-amount * rate // MILLION)


def sign(side: int) -> int:
    """Direction in which a fill moves the position of a buyer (side 0) or a seller (side 1)."""
    return 1 - 2 * side


def reducible(size: int, side: int) -> int:
    """Lots by which an order of a side may reduce a position; not positive if there is nothing to reduce."""
    return size if side else -size
