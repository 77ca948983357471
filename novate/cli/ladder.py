"""A book as a ladder in the terminal: asks above, bids below, trades beside them."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from novate.cli.desk import moment, plain, shown
from novate.client.feed import Update
from novate.client.live import LiveBook, LiveLevel
from novate.client.models import Ticker, Trade
from novate.client.sync import Stream

BAR = 18
"""Width of the bar that stands for the size summed up from the best price on."""


class Ladder:
    """What is shown of one market."""

    def __init__(self, market: str, depth: int, lot: Decimal | None = None) -> None:
        """``lot``: sizes are shown with its number of decimals."""
        self.market = market
        self.depth = depth
        self.updates = 0
        self._step = lot
        self._book = LiveBook(market)
        self._trades: deque[Trade] = deque(maxlen=2 * depth + 1)
        self._ticker: Ticker | None = None

    def take(self, update: Update) -> None:
        """Take one update in."""
        self.updates += 1
        if isinstance(update.data, LiveBook):
            self._book = update.data
        elif isinstance(update.data, Ticker):
            self._ticker = update.data
        elif isinstance(update.data, list):
            for one in sorted(update.data, key=lambda one: getattr(one, "id", 0)):
                self.take(update._replace(data=one))
            self.updates -= len(update.data)
        elif isinstance(update.data, Trade):
            self._trades.appendleft(update.data)

    def as_dict(self) -> dict[str, object]:
        """The book as JSON has it."""
        book = self._book
        sides = {"bids": book.bids[: self.depth], "asks": book.asks[: self.depth]}
        levels = {name: [list(one) for one in side] for name, side in sides.items()}
        return {"symbol": self.market, "seq": book.seq, **plain(levels)}

    @contextmanager
    def screen(self, is_drawn: bool) -> Iterator[Callable[[Stream], None]]:
        """Draws when called, in place of the last picture."""
        if not is_drawn:
            yield lambda stream: None
            return
        console = Console(stderr=False)
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            yield lambda stream: live.update(self.picture(stream), refresh=True)
        if not console.is_terminal:
            console.line()

    def picture(self, stream: Stream) -> Group:
        """Head, ladder and trades."""
        both = Table.grid(padding=(0, 4))
        both.add_row(self.levels(), self.tape())
        state = "live" if self._book.is_whole else "waiting for a snapshot"
        foot = f"seq {self._book.seq}, {state}; sockets {stream.connections}, gaps {stream.gaps}; Ctrl-C ends"
        return Group(self.head(), "", both, "", Text(foot, style="dim"))

    def head(self) -> Text:
        """Name, mark, last price and volume."""
        line = Text(self.market, style="bold")
        ticker = self._ticker
        if ticker:
            line.append(f"   mark {shown(ticker.mark)}   last {shown(ticker.last)}", style="default")
            line.append(f"   24 h volume {shown(ticker.volume_24h)}, {ticker.trades_24h} trades", style="dim")
        return line

    def levels(self) -> Table:
        """Asks from the far end to the best, the spread, and bids from the best on."""
        grid = Table(box=None, padding=(0, 1), header_style="dim")
        for name in ("price", "size", "orders"):
            grid.add_column(name, justify="right", no_wrap=True)
        grid.add_column("sum", no_wrap=True)
        asks, bids = self._book.asks[: self.depth], self._book.bids[: self.depth]
        most = max((sum(one.size for one in side) for side in (asks, bids)), default=Decimal(0)) or Decimal(1)
        for row in reversed(self.rows(asks, "red", most)):
            grid.add_row(*row)
        ask, bid = self._book.ask, self._book.bid
        spread = shown(ask.price - bid.price) if ask and bid else "-"
        grid.add_row(Text(f"spread {spread}", style="dim"))
        for row in self.rows(bids, "green", most):
            grid.add_row(*row)
        return grid

    def rows(self, side: list[LiveLevel], colour: str, most: Decimal) -> list[tuple[Text, str, str, Text]]:
        """Rows of a side, best first, each with the size up to it as a bar."""
        found, total = [], Decimal(0)
        for one in side:
            total += one.size
            bar = Text("█" * max(1, int(BAR * total / most)), style=colour)
            found.append((Text(shown(one.price), style=colour), self.sized(one.size), str(one.orders), bar))
        return found

    def tape(self) -> Table:
        """The last trades, newest first."""
        grid = Table(box=None, padding=(0, 1), header_style="dim")
        for name in ("time", "price", "size"):
            grid.add_column(name, justify="right", no_wrap=True)
        for one in self._trades:
            price = Text(shown(one.price), style="green" if one.side == "buy" else "red")
            grid.add_row(Text(moment(one.time)[6:], style="dim"), price, self.sized(one.size))
        return grid

    def sized(self, size: Decimal) -> str:
        """A size with the decimals of a lot."""
        return f"{size.quantize(self._step):f}" if self._step is not None else shown(size)
