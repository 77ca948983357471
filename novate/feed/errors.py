"""Why a capture is refused."""

from novate.errors import NovateError


class FeedError(NovateError):
    """A capture that cannot be replayed.

    Codes: FEED_NOT_FOUND, FEED_EMPTY, FEED_TORN (it ends inside a line or inside the compressed stream), FEED_BAD_LINE,
    FEED_BAD_FIELD, FEED_TIME_REVERSED, FEED_MIXED (two markets in one file), FEED_SEQUENCE_GAP, FEED_OFF_GRID,
    FEED_UNREPRESENTABLE, FEED_TOO_MANY_MARKETS.
    """
